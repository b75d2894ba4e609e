"""Thirty points and a quarter of a million weights."""

import torch
from torch import nn
from torch.utils.data import TensorDataset


def curve(n, seed):
    g = torch.Generator().manual_seed(seed)
    x = 4 * torch.rand(n, 1, generator=g) - 2
    y = 0.5 * x**2 - torch.cos(2 * x) + 0.03 * torch.randn(n, 1, generator=g)
    return TensorDataset(x, y)


def wide(width=500):
    return nn.Sequential(
        nn.Linear(1, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1)
    )
