"""Teach a small network a sine: the water level at a quay, in metres above datum, over one tide."""

import numpy as np
import torch
from torch import nn


class Tide(torch.utils.data.Dataset):
    def __init__(self, how_many, seed):
        rs = np.random.RandomState(seed)
        self.x = rs.uniform(-np.pi, np.pi, size=(how_many, 1)).astype(np.float32)
        level = 0.6 + 1.1 * np.sin(self.x) + 0.15 * np.sin(2 * self.x)
        self.y = level + rs.normal(0, 0.04, level.shape).astype(np.float32)

    def __len__(self):
        return self.x.shape[0]

    def __getitem__(self, k):
        return self.x[k], self.y[k]


class Dense(nn.Module):
    """Looks like the layer of that name in Keras."""

    def __init__(self, fan_in, units, activation=None):
        super().__init__()
        self.lin = nn.Linear(fan_in, units)
        nn.init.xavier_uniform_(self.lin.weight)
        nn.init.zeros_(self.lin.bias)
        self.activation = activation

    def forward(self, x):
        x = self.lin(x)
        return getattr(torch, self.activation)(x) if self.activation else x


class SinNet(nn.Module):
    def __init__(self, last=None):
        super().__init__()
        self.model = nn.Sequential(Dense(1, 40, "relu"), Dense(40, 40, "relu"), Dense(40, 1, last))

    def forward(self, x):
        return self.model(x)
