"""Gestures from a wrist sensor with a temporal convolutional network."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset


def gestures(n, seed, length=96):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 6
    x = rng.normal(0, 0.3, (n, 3, length))
    t = np.linspace(0, 1, 40)
    for i, label in enumerate(labels):
        kind, axis = label % 2, label // 2
        f0 = rng.uniform(1.5, 2.5)
        phase = 2 * np.pi * (f0 * t + 3.5 * t**2) + rng.uniform(0, 6.28)
        move = np.sin(phase if kind else phase[::-1]) * rng.uniform(0.7, 1.2)
        other = rng.integers(2)
        still = np.sin(2 * np.pi * 5 * t + rng.uniform(0, 6.28))
        at = rng.integers(0, length - 40)
        x[i, axis, at : at + 40] += move
        x[i, (axis + 1 + other) % 3, at : at + 40] += 0.8 * still
    return TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(labels))


class Block(nn.Module):
    def __init__(self, inputs, outputs, dilation):
        super().__init__()
        self.pad = 2 * dilation
        self.conv = nn.Conv1d(inputs, outputs, kernel_size=3, dilation=dilation)
        self.relu = nn.ReLU()
        self.skip = nn.Conv1d(inputs, outputs, 1)

    def forward(self, x):
        padded = nn.functional.pad(x, (self.pad, 0))
        return self.relu(self.conv(padded)) + self.skip(x)


class TCN(nn.Module):
    def __init__(self, channels=(24, 24, 24, 24), as_module_list=False):
        super().__init__()
        self.blocks = []
        width = 3
        for level, c in enumerate(channels):
            self.blocks.append(Block(width, c, 2**level))
            width = c
        if as_module_list:
            self.blocks = nn.ModuleList(self.blocks)
        self.head = nn.Sequential(nn.Linear(width, 48), nn.ReLU(), nn.Linear(48, 6))

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        x = x.amax(dim=2)
        return self.head(x)
