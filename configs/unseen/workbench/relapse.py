"""Time to relapse after an operation, in months, with patients who leave the study: a discrete-time hazard model."""

import torch
from torch import nn
from torch.utils.data import Dataset

MONTHS = 24


class Cohort(Dataset):
    """Input [8] covariates; target [2]: last month seen (0 to 23) and whether it was a relapse."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.covariates = torch.randn(n, 8, generator=g)
        self.covariates[:, 0] = 62 + 9 * self.covariates[:, 0]  # age in years
        self.covariates[:, 1] = torch.exp(1.2 + 0.8 * self.covariates[:, 1])  # a marker in ng/ml
        self.covariates[:, 2] = (self.covariates[:, 2] > 0.4).float()  # lymph nodes
        self.covariates[:, 3] = (self.covariates[:, 3] > 0).float()  # treated
        age, marker, nodes, treated = self.covariates[:, :4].T
        self.risk = (
            0.05 * (age - 62) + 0.8 * (marker.log() - 1.2) + 1.1 * nodes - 0.9 * treated * (1 - 0.6 * nodes)
        )
        season = -3.6 + 0.9 * torch.exp(-(((torch.arange(MONTHS) - 8.0) / 5) ** 2))
        hazard = torch.sigmoid(season + self.risk.unsqueeze(1))
        relapse = torch.rand(n, MONTHS, generator=g) < hazard
        first = torch.where(relapse.any(1), relapse.long().argmax(1), MONTHS)
        leaves = torch.randint(4, 2 * MONTHS, (n,), generator=g)
        seen = torch.minimum(first, leaves).clamp(max=MONTHS - 1)
        self.outcomes = torch.stack([seen, (first <= leaves) & (first < MONTHS)], dim=1).long()

    def __len__(self):
        return len(self.outcomes)

    def __getitem__(self, index):
        return self.covariates[index], self.outcomes[index]


class Hazards(nn.Module):
    """Logit of relapse in each month, given none before."""

    def __init__(self, hidden=32, dropout=0.1):
        super().__init__()
        self.norm = nn.BatchNorm1d(8)
        self.body = nn.Sequential(
            nn.Linear(8, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, 8), nn.ReLU()
        )
        self.risk = nn.Linear(8, 1)
        self.season = nn.Parameter(torch.full((MONTHS,), -3.0))

    def forward(self, covariates):
        return self.risk(self.body(self.norm(covariates))) + self.season


class CensoredLikelihood(nn.Module):
    """Binary cross-entropy of each month in which the patient was under observation."""

    def forward(self, logits, outcomes):
        seen, relapsed = outcomes.unbind(1)
        month = torch.arange(MONTHS, device=logits.device)
        observed = (month <= seen.unsqueeze(1)).float()
        event = (month == seen.unsqueeze(1)).float() * relapsed.unsqueeze(1)
        each = nn.functional.binary_cross_entropy_with_logits(logits, event, reduction="none")
        return (each * observed).sum() / len(logits)


def step(model, batch, loss):
    return loss(model(batch[0]), batch[1])


def groups(model, lr, weight_decay):
    decayed = [p for name, p in model.named_parameters() if p.ndim > 1]
    rest = [p for name, p in model.named_parameters() if p.ndim <= 1]
    return torch.optim.AdamW(
        [
            {"params": decayed, "weight_decay": weight_decay},
            {"params": rest, "weight_decay": 0.0, "lr": 3 * lr},
        ],
        lr=lr,
    )
