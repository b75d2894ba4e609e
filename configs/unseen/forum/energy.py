"""Tomorrow's electricity demand from the last two days, with an LSTM."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset


class Demand(Dataset):
    """Windows of 48 hours and the hour that follows; standardised with the mean and spread of the first year."""

    def __init__(self, first, last, window=48):
        rng = np.random.default_rng(11)
        hours = np.arange(2400)
        day = np.sin(2 * np.pi * hours / 24) + 0.4 * np.sin(4 * np.pi * hours / 24 + 1)
        week = 0.6 * (hours // 24 % 7 >= 5)
        demand = 900 + 160 * day - 120 * week + np.convolve(rng.normal(0, 25, 2405), np.ones(6) / 2, "valid")
        series = (demand - demand[:1800].mean()) / demand[:1800].std()
        self.series = torch.tensor(series, dtype=torch.float32)
        self.starts = range(first, last - window)
        self.window = window

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, index):
        start = self.starts[index]
        end = start + self.window
        return self.series[start:end].unsqueeze(1), self.series[end : end + 1]


class Forecaster(nn.Module):
    def __init__(self, hidden=24, activation=None):
        super().__init__()
        self.lstm = nn.LSTM(input_size=1, hidden_size=hidden, batch_first=True)
        self.linear = nn.Linear(hidden, 1)
        self.activation = activation or nn.Identity()

    def forward(self, x):
        _, (hidden, _) = self.lstm(x)
        return self.activation(self.linear(hidden[-1]))
