"""Months until a pump fails, many pumps still running when the study ended: Cox's partial likelihood on a small net."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset


class Pumps(Dataset):
    def __init__(self, n, seed):
        g = np.random.default_rng(seed)
        x = g.normal(size=(n, 8))
        risk = 1.2 * x[:, 0] - 0.9 * x[:, 1] + 0.8 * (x[:, 2] ** 2 - 1) + 0.7 * x[:, 3] * (x[:, 4] > 0)
        fails = g.weibull(1.5, size=n) * 24 * np.exp(-risk / 1.5)
        leaves = g.uniform(3, 60, size=n)
        self.x = torch.tensor(x, dtype=torch.float32)
        self.months = torch.tensor(np.minimum(fails, leaves), dtype=torch.float32)
        self.failed = torch.tensor(fails <= leaves)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return {"x": self.x[i], "months": self.months[i], "failed": self.failed[i]}


class Hazard(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 16), nn.Tanh(), nn.Linear(16, 1, bias=False)
        )

    def forward(self, x):
        return self.net(x).squeeze(1)


class PartialLikelihood(nn.Module):
    """Of all pumps still under observation when one fails, how likely was it this one?"""

    def forward(self, log_risk, months, failed):
        order = months.argsort(descending=True)
        log_risk, failed = log_risk[order], failed[order].float()
        at_risk = log_risk.logcumsumexp(0)
        return -((log_risk - at_risk) * failed).sum() / failed.sum().clamp(min=1)


class Concordance:
    """Share of comparable pairs in the right order (Harrell's C)."""

    def __init__(self):
        self.reset()

    def to(self, device):
        return self

    def reset(self):
        self.risks, self.times = [], []

    def update(self, outputs, targets):
        self.risks.append(outputs.detach().cpu())
        self.times.append(targets.detach().cpu())

    def compute(self):
        risk, time = torch.cat(self.risks), torch.cat(self.times)
        months, failed = time[:, 0], time[:, 1] > 0
        pairs = (months[:, None] < months[None, :]) & failed[:, None]
        right = (risk[:, None] > risk[None, :]) & pairs
        return right.sum() / pairs.sum()


def step(model, batch, loss):
    log_risk = model(batch["x"])
    seen = torch.stack([batch["months"], batch["failed"].float()], 1)
    return {"loss": loss(log_risk, batch["months"], batch["failed"]), "outputs": log_risk, "targets": seen}
