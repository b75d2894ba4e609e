"""Early warning on the ward: will the patient deteriorate within the next day? Hourly vitals, many of them missing."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import Dataset

# heart rate, respiratory rate, oxygen saturation, systolic pressure, temperature
USUAL = torch.tensor([82.0, 17.0, 96.0, 124.0, 36.9])
SPREAD = torch.tensor([13.0, 3.5, 2.2, 16.0, 0.6])
WORSE = torch.tensor([1.0, 0.9, -0.9, -0.8, 0.5])
CHARTED = torch.tensor([0.95, 0.7, 0.9, 0.6, 0.3])


class WardStays(Dataset):
    """Stays of 8 to 40 hours; each sample is (rows [hours, 10], label)."""

    classes = ("stable", "deteriorates")

    def __init__(self, stays, seed):
        g = torch.Generator().manual_seed(seed)
        self.groups = [f"patient-{seed}-{i:05d}" for i in range(stays)]
        self.samples = [self._stay(g) for _ in range(stays)]

    @staticmethod
    def _stay(g):
        hours = int(torch.randint(8, 41, (1,), generator=g))
        sick = torch.rand(1, generator=g) < 0.25
        onset = hours - int(torch.randint(4, 8, (1,), generator=g))
        slope = 0.28 + 0.14 * torch.rand(1, generator=g)
        ramp = (torch.arange(hours) - onset).clamp(min=0) * slope if sick else torch.zeros(hours)
        baseline = 0.6 * torch.randn(5, generator=g)
        noise = 0.7 * torch.randn(hours, 5, generator=g)
        values = USUAL + SPREAD * (baseline + noise + ramp.unsqueeze(1) * WORSE)
        seen = torch.rand(hours, 5, generator=g) < CHARTED
        return values, seen, torch.tensor(float(sick))

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        values, seen, label = self.samples[index]
        scaled = torch.where(seen, (values - USUAL) / SPREAD, torch.zeros(()))
        return torch.cat([scaled, seen.float()], dim=1), label


def collate(samples):
    rows, labels = zip(*samples, strict=True)
    lengths = torch.tensor([len(one) for one in rows])
    return pad_sequence(list(rows), batch_first=True), lengths, torch.stack(labels)


class EarlyWarning(nn.Module):
    def __init__(self, hidden=40, dropout=0.2):
        super().__init__()
        self.project = nn.Sequential(nn.Linear(10, 32), nn.LayerNorm(32), nn.GELU())
        self.gru = nn.GRU(32, hidden, batch_first=True)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(hidden, 1))

    def forward(self, rows, lengths):
        packed = pack_padded_sequence(
            self.project(rows), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        _, last = self.gru(packed)
        return self.head(last[-1]).squeeze(1)


def step(model, batch, loss):
    rows, lengths, labels = batch
    logits = model(rows, lengths)
    return {"loss": loss(logits, labels), "outputs": logits, "targets": labels}


def no_decay_groups(model, lr, weight_decay):
    decayed = [p for p in model.parameters() if p.ndim >= 2]
    others = [p for p in model.parameters() if p.ndim < 2]
    return torch.optim.AdamW(
        [{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}], lr=lr
    )


class Auroc:
    """Area under the ROC curve by ranks."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.scores, self.labels = [], []

    def to(self, device):
        return self

    def update(self, outputs, targets):
        self.scores.append(outputs.detach().flatten().cpu())
        self.labels.append(targets.detach().flatten().cpu())

    def compute(self):
        scores, labels = torch.cat(self.scores), torch.cat(self.labels)
        ranks = torch.empty_like(scores)
        ranks[scores.argsort()] = torch.arange(1, len(scores) + 1, dtype=scores.dtype)
        positive = labels.sum()
        negative = len(labels) - positive
        return (ranks[labels == 1].sum() - positive * (positive + 1) / 2) / (positive * negative)
