"""Consumer credit: probability of default from an application form, with embeddings for what is categorical."""

import torch
from torch import nn
from torch.utils.data import Dataset

CARDINALITIES = (9, 5, 16, 4)  # occupation, housing, region, purpose


class Applications(Dataset):
    """Each sample: {"numbers": [6], "codes": [4], "default": 0 or 1}."""

    classes = ("repaid", "default")

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.income = torch.exp(10.3 + 0.5 * torch.randn(n, generator=g))
        self.amount = torch.exp(9.0 + 0.8 * torch.randn(n, generator=g))
        self.age = 20 + 50 * torch.rand(n, generator=g)
        self.months = 12.0 * torch.randint(1, 7, (n,), generator=g)
        self.late = torch.poisson(torch.full((n,), 0.7), generator=g)
        self.tenure = 10 * torch.rand(n, generator=g) ** 2
        self.codes = torch.stack([torch.randint(c, (n,), generator=g) for c in CARDINALITIES], dim=1)
        self.probability = torch.sigmoid(self._logit())
        self.default = (torch.rand(n, generator=g) < self.probability).long()
        columns = (
            (self.income.log() - 10.3) / 0.5,
            (self.amount.log() - 9.0) / 0.8,
            (self.age - 45) / 14.4,
            (self.months - 42) / 20,
            self.late.log1p() / 0.45,
            (self.tenure - 3.3) / 3,
        )
        self.numbers = torch.stack(columns, dim=1)

    def _logit(self):
        effects = torch.Generator().manual_seed(0)
        logit = torch.full_like(self.income, -2.6)
        for column, cardinality in enumerate(CARDINALITIES):
            logit = logit + 0.7 * torch.randn(cardinality, generator=effects)[self.codes[:, column]]
        logit = logit + 1.1 * (self.amount / self.income).log().add(1.3) + 0.9 * self.late
        return (
            logit
            - 0.08 * self.tenure
            + 0.0012 * (self.age - 45) ** 2
            - 0.02 * self.months * (self.tenure > 4)
        )

    def __len__(self):
        return len(self.default)

    def __getitem__(self, i):
        return {"numbers": self.numbers[i], "codes": self.codes[i], "default": self.default[i]}


class ScoreCard(nn.Module):
    def __init__(self, hidden=64, dropout=0.15):
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(c, min(8, c // 2 + 1)) for c in CARDINALITIES)
        width = 6 + sum(e.embedding_dim for e in self.embeddings)
        self.mlp = nn.Sequential(
            nn.Linear(width, hidden),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden // 2),
            nn.BatchNorm1d(hidden // 2),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden // 2, 2),
        )

    def forward(self, numbers, codes):
        parts = [embed(codes[:, i]) for i, embed in enumerate(self.embeddings)]
        return self.mlp(torch.cat([numbers, *parts], dim=1))


def step(model, batch, loss):
    logits = model(batch["numbers"], batch["codes"])
    return {"loss": loss(logits, batch["default"]), "outputs": logits, "targets": batch["default"]}


class Gini:
    """Twice the area under the ROC curve less one, as scorecards are judged."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.scores, self.labels = [], []

    def to(self, device):
        return self

    def update(self, outputs, targets):
        self.scores.append((outputs[:, 1] - outputs[:, 0]).detach().cpu())
        self.labels.append(targets.detach().cpu())

    def compute(self):
        scores, labels = torch.cat(self.scores), torch.cat(self.labels)
        bad, good = scores[labels == 1], scores[labels == 0]
        return 2 * (bad.unsqueeze(1) > good).float().mean() - 1
