"""Card fraud: three per cent positives, one-hot channels in float64, a weighted loss, ranking as the score."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset


def transactions(n, seed):
    rng = np.random.default_rng(seed)
    amount = rng.lognormal(3.5, 1.0, n)
    hour = rng.integers(0, 24, n)
    channel = rng.choice(4, n, p=[0.5, 0.3, 0.15, 0.05])
    merchant = rng.choice(8, n)
    age = rng.gamma(2.0, 2.0, n)
    night = (hour < 5).astype(float)
    odds = (
        -5.6
        + 0.9 * (np.log(amount) - 3.5)
        + 1.5 * night
        + np.array([0.0, 0.3, 1.0, 2.2])[channel]
        + 0.8 * np.isin(merchant, [2, 5])
        - 0.25 * (age - 4)
        + 1.2 * night * (channel == 1)
    )
    fraud = rng.random(n) < 1 / (1 + np.exp(-odds))
    table = np.column_stack(
        [(np.log(amount) - 3.5), night, (age - 4) / 2.8, np.eye(4)[channel], np.eye(8)[merchant]]
    )
    return TensorDataset(torch.from_numpy(table), torch.from_numpy(fraud.astype(np.float64))[:, None])


class FraudMLP(nn.Module):
    def __init__(self, width=16, dropout=0.1):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(15, width, dtype=torch.float64),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, 1, dtype=torch.float64),
        )

    def forward(self, table):
        return self.layers(table)


class WeightedBCE(nn.BCEWithLogitsLoss):
    def __init__(self, positive):
        super().__init__(pos_weight=torch.tensor([positive], dtype=torch.float64))


class _Collected:
    def __init__(self):
        self.reset()

    def reset(self):
        self.logits, self.truth = [], []

    def update(self, outputs, targets):
        self.logits.append(outputs.detach().reshape(-1).cpu())
        self.truth.append(targets.reshape(-1).cpu() > 0.5)


class AUC(_Collected):
    def compute(self):
        logits, truth = torch.cat(self.logits), torch.cat(self.truth)
        ranks = logits.argsort().argsort().double() + 1
        p, n = int(truth.sum()), int((~truth).sum())
        return float((ranks[truth].sum() - p * (p + 1) / 2) / max(1, p * n))


class Recall(_Collected):
    def compute(self):
        logits, truth = torch.cat(self.logits), torch.cat(self.truth)
        return float((logits[truth] > 0).double().mean())
