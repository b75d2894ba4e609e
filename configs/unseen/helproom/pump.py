"""Forecast a pump's load from the last 10 readings with a recurrent cell, one reading at a time."""

import torch
import torch.nn as nn
from torch.utils.data import Dataset

LOOKBACK = 10


class PumpLoad(Dataset):
    """Windows [10, 2] (load, valve opened) and the next load [1]; pumps react long after a valve was opened."""

    def __init__(self, windows, seed):
        gen = torch.Generator().manual_seed(seed)
        length = windows * 3 + LOOKBACK + 40
        valve = (torch.rand(length, generator=gen) < 0.3).float() * torch.randn(length, generator=gen)
        load = torch.zeros(length)
        for t in range(12, length):
            load[t] = 0.5 * load[t - 1] + 1.0 * valve[t - 6] - 0.8 * valve[t - 3]
            load[t] += 0.08 * torch.randn(1, generator=gen).item()
        series = torch.stack([load, valve], dim=1)
        starts = range(20, 20 + 3 * windows, 3)
        self.X = torch.stack([series[s : s + LOOKBACK] for s in starts])
        self.y = torch.stack([load[s + LOOKBACK : s + LOOKBACK + 1] for s in starts])

    def __len__(self):
        return len(self.X)

    def __getitem__(self, idx):
        return self.X[idx], self.y[idx]


class Forecaster(nn.Module):
    def __init__(self, hidden_size=32, keep_graph=True):
        super().__init__()
        self.hidden_size = hidden_size
        self.cell = nn.GRUCell(2, hidden_size)
        self.linear = nn.Linear(hidden_size, 1)
        self.keep_graph = keep_graph

    def init_hidden(self, batch_size):
        return torch.zeros(batch_size, self.hidden_size)

    def forward(self, x):
        h = self.init_hidden(x.size(0)).to(x)
        for t in range(x.size(1)):
            h = self.cell(x[:, t, :], h)
            if not self.keep_graph and t < x.size(1) - 1:
                h = h.detach()
        return self.linear(h)
