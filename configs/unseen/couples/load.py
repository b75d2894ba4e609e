"""Load of a town's grid in the next hour, from the last two days."""

import math

import torch
from torch import nn


class HourlyLoad(torch.utils.data.Dataset):
    """Windows of 48 hours; the load of the hour behind them is asked for."""

    MEAN, STD = 4200.0, 900.0  # megawatts

    def __init__(self, hours, seed, scale_target=True):
        g = torch.Generator().manual_seed(seed)
        t = torch.arange(hours).float()
        day = torch.sin(2 * math.pi * t / 24) + 0.5 * torch.sin(4 * math.pi * t / 24 + 1)
        week = 0.4 * torch.sin(2 * math.pi * t / 168)
        weather = torch.zeros(hours)
        for i in range(1, hours):
            weather[i] = 0.9 * weather[i - 1] + 0.25 * torch.randn((), generator=g)
        self.temperature = weather + 0.1 * torch.randn(hours, generator=g)
        self.load = day * (1 + 0.3 * torch.tanh(weather)) + week + 0.5 * weather
        self.load = self.load / 1.1 + 0.05 * torch.randn(hours, generator=g)
        self.scale_target = scale_target

    def __len__(self):
        return len(self.load) - 48

    def __getitem__(self, i):
        window = torch.stack([self.load[i : i + 48], self.temperature[i : i + 48]], dim=1)
        target = self.load[i + 48 : i + 49]
        if not self.scale_target:
            target = target * self.STD + self.MEAN
        return window, target


class LoadGRU(nn.Module):
    def __init__(self, nhid=32, repackage=False):
        super().__init__()
        self.rnn = nn.GRU(2, nhid, batch_first=True)
        self.decoder = nn.Linear(nhid, 1)
        self.repackage = repackage

    def forward(self, window):
        _, hidden = self.rnn(window)
        if self.repackage:
            hidden = hidden.detach()
        return self.decoder(hidden[-1])
