"""What ails the pump? Dilated convolutions on the vibration of its housing."""

import math

import torch
from torch import nn
from torch.utils.data import TensorDataset

STATES = ("sound", "loose", "cavitating", "bearing")


def vibrations(n, seed):
    g = torch.Generator().manual_seed(seed)
    t = torch.arange(160) / 160
    state = torch.arange(n) % 4
    speed = 9 + 4 * torch.rand(n, 1, generator=g)
    phase = 2 * math.pi * torch.rand(n, 1, generator=g)
    turn = 2 * math.pi * speed * t + phase
    x = torch.sin(turn) + 0.3 * torch.randn(n, 160, generator=g)
    loose, cavitating, bearing = (state == k for k in (1, 2, 3))
    x[loose] += 0.7 * torch.sin(turn[loose] / 2)
    hiss = torch.randn(n, 160, generator=g) * (torch.sin(2 * math.pi * 3 * t + phase) > 0.4)
    x[cavitating] += 0.8 * hiss[cavitating]
    knock = torch.relu(torch.sin(3.6 * turn)) ** 8
    x[bearing] += 1.1 * knock[bearing]
    return TensorDataset(x.unsqueeze(1), state)


class Block(nn.Module):
    def __init__(self, filters, rate):
        super().__init__()
        self.conv = nn.Conv1d(filters, filters, 5, padding=2 * rate, dilation=rate)
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(self.conv(x))


class PumpModel(nn.Module):
    def __init__(self, filters=16, rates=(1, 2, 4), container="list"):
        super().__init__()
        self.stem = nn.Conv1d(1, filters, 7, stride=2, padding=3)
        blocks = [Block(filters, rate) for rate in rates]
        self.blocks = nn.ModuleList(blocks) if container == "modules" else blocks
        self.pool = nn.AdaptiveMaxPool1d(1)
        self.dense = nn.Linear(filters, len(STATES))

    def forward(self, x):
        x = torch.relu(self.stem(x))
        for block in self.blocks:
            x = block(x)
        return self.dense(self.pool(x).squeeze(-1))
