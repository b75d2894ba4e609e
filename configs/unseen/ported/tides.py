"""The next hour's water level of a harbour from the last twenty-four, by an LSTM."""

import math

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

PARTS = [(12.42, 1.1, 0.3), (12.0, 0.4, 1.9), (25.82, 0.3, 4.0), (23.93, 0.25, 0.8)]  # hours, metres, phase


def water_level(hours, seed=21):
    t = np.arange(hours)
    level = sum(a * np.cos(2 * math.pi * t / period + phase) for period, a, phase in PARTS)
    wind = np.zeros(hours)
    rng = np.random.default_rng(seed)
    for i in range(1, hours):
        wind[i] = 0.95 * wind[i - 1] + 0.05 * rng.normal()
    return (level + wind).astype("float32")  # metres above mean sea level


class TideWindows(Dataset):
    look_back = 24

    def __init__(self, first, last):
        self.series = water_level(3000)[first:last]

    def __len__(self):
        return len(self.series) - self.look_back

    def __getitem__(self, i):
        x = self.series[i : i + self.look_back].reshape(-1, 1)
        y = self.series[i + self.look_back].reshape(1)
        return torch.from_numpy(x.copy()), torch.from_numpy(y.copy())


class TideLSTM(nn.Module):
    def __init__(self, units=24, last="relu"):
        super().__init__()
        self.lstm = nn.LSTM(1, units, batch_first=True)
        self.dense = nn.Linear(units, 1)
        self.activation = {"relu": nn.ReLU(), "linear": nn.Identity()}[last]

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        return self.activation(self.dense(h[-1]))
