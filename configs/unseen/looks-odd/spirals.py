import math

import torch
from torch import nn
from torch.utils.data import TensorDataset


def spirals(n, seed, noise=0.03):
    g = torch.Generator().manual_seed(seed)
    label = torch.arange(n) % 2
    t = torch.rand(n, generator=g).sqrt() * 2.2 * math.pi
    r = 0.35 + t / 7
    angle = t + math.pi * label
    xy = torch.stack([r * angle.cos(), r * angle.sin()], 1)
    return TensorDataset(xy + noise * torch.randn(n, 2, generator=g), label)


class Field(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(dim + 1, hidden), nn.Tanh(), nn.Linear(hidden, dim))
        nn.init.zeros_(self.net[2].weight)
        nn.init.zeros_(self.net[2].bias)

    def forward(self, t, z):
        return self.net(torch.cat([z, t.expand(len(z), 1)], 1))


class NeuralODE(nn.Module):
    """The point flows for one unit of time in eight dimensions; the same field is asked at every step (midpoint rule)."""

    def __init__(self, dim=8, hidden=64, steps=6):
        super().__init__()
        self.dim, self.steps = dim, steps
        self.field = Field(dim, hidden)
        self.head = nn.Linear(dim, 2)

    def forward(self, xy):
        z = nn.functional.pad(xy * 2, (0, self.dim - 2))
        h = 1.0 / self.steps
        for i in range(self.steps):
            t = xy.new_tensor(i * h)
            half = z + 0.5 * h * self.field(t, z)
            z = z + h * self.field(t + 0.5 * h, half)
        return self.head(z)
