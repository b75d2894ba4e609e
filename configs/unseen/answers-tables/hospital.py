"""Who stays longest in hospital: a neural Cox model on eight measurements, with censored stays."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset


def patients(n, seed):
    """Rows of eight measurements; targets are the days seen and whether the stay ended."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 8))
    log_hazard = 2.0 * X[:, 0] - 1.5 * X[:, 1] + 1.2 * X[:, 2] * X[:, 3] + np.sin(2 * X[:, 4])
    days = 10 * (rng.exponential(size=n) * np.exp(-log_hazard)) ** 0.5
    censored = rng.exponential(60, n)
    target = np.stack([np.minimum(days, censored), days <= censored], 1)
    return TensorDataset(torch.from_numpy(X).float(), torch.from_numpy(target).float())


class DeepSurv(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Linear(8, 48),
            nn.SELU(),
            nn.Linear(48, 48),
            nn.SELU(),
            nn.Dropout(0.1),
            nn.Linear(48, 1, bias=False),
        )


class CoxLoss(nn.Module):
    """Negative partial likelihood: whoever stays longer stands above in the sorted batch."""

    def forward(self, log_risk, target):
        time, event = target[:, 0], target[:, 1]
        order = torch.argsort(time, descending=True)
        event = event[order]
        log_risk = log_risk.squeeze(-1)
        at_risk = torch.logcumsumexp(log_risk, dim=0)
        return -((log_risk - at_risk) * event).sum() / event.sum().clamp(min=1)


class SortedCoxLoss(nn.Module):
    """Negative partial likelihood: whoever stays longer stands above in the sorted batch."""

    def forward(self, log_risk, target):
        time, event = target[:, 0], target[:, 1]
        order = torch.argsort(time, descending=True)
        event = event[order]
        log_risk = log_risk.squeeze(-1)[order]
        at_risk = torch.logcumsumexp(log_risk, dim=0)
        return -((log_risk - at_risk) * event).sum() / event.sum().clamp(min=1)


class Concordance:
    """Share of comparable pairs in which the shorter stay has the higher risk."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.rows = []

    def to(self, device):
        return self

    def update(self, outputs, targets):
        self.rows.append(torch.cat([outputs.detach().reshape(-1, 1).cpu(), targets.cpu()], 1))

    def compute(self):
        risk, time, event = torch.cat(self.rows).T
        comparable = (time[:, None] < time[None, :]) & (event[:, None] > 0)
        return (risk[:, None] > risk[None, :])[comparable].float().mean()
