"""Forecast the level of a river four hours ahead from a day of rain and gauge readings."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

LOOKBACK = 24
HORIZON = 4


def gauge(hours=3600, seed=11):
    rng = np.random.default_rng(seed)
    rain = (rng.random(hours) < 0.12) * rng.gamma(3.0, 0.8, hours)
    soil, level = 0.0, np.zeros(hours)
    for t in range(1, hours):
        soil = 0.85 * soil + rain[t]
        level[t] = 0.9 * level[t - 1] + 0.12 * soil * (1 + 0.05 * level[t - 1])
    return np.stack([rain, level + 0.03 * rng.standard_normal(hours)], 1)


class RiverWindows(Dataset):
    def __init__(self, part):
        series = gauge()
        cut = 2700
        mean, std = series[:cut].mean(0), series[:cut].std(0)
        series = (series - mean) / std
        self.series = series[:cut] if part == "train" else series[cut:]

    def __len__(self):
        return len(self.series) - LOOKBACK - HORIZON + 1

    def __getitem__(self, i):
        x = self.series[i : i + LOOKBACK]
        y = self.series[i + LOOKBACK + HORIZON - 1, 1]
        return torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)


class GRUForecaster(nn.Module):
    def __init__(self, input_dim=2, hidden_dim=24, output_dim=1, flat=False):
        super().__init__()
        self.flat = flat
        self.rnn = nn.GRU(input_dim, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, output_dim)

    def forward(self, x):
        out, _ = self.rnn(x)
        out = self.fc(out[:, -1, :])
        return out.view(-1) if self.flat else out


class RMSELoss(nn.Module):
    def __init__(self, eps=1e-6):
        super().__init__()
        self.eps = eps

    def forward(self, yhat, y):
        return torch.sqrt(torch.mean((yhat - y) ** 2) + self.eps)
