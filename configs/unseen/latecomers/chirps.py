"""Which frog calls somewhere in a noisy recording: Conv1D features with attention pooling."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import TensorDataset

T, BANDS, FROGS = 90, 12, 6


def frog_bands():
    gen = torch.Generator().manual_seed(2024)
    return torch.randn(FROGS, 4, BANDS, generator=gen)


def make_recordings(n, seed):
    gen = torch.Generator().manual_seed(seed)
    songs = frog_bands()
    x = torch.randn(n, T, BANDS, generator=gen)
    y = torch.randint(0, FROGS, (n,), generator=gen)
    for i in range(n):
        start = int(torch.randint(0, T - 4, (1,), generator=gen))
        loud = 1.0 + 0.4 * torch.rand(1, generator=gen)
        x[i, start : start + 4] += loud * songs[y[i]]
    return TensorDataset(x, y)


class AttentionPool(nn.Module):
    """score -> softmax over time -> weighted sum, as the Keras layer did."""

    def __init__(self, dim, axis):
        super().__init__()
        self.axis = axis
        self.dense = nn.Linear(dim, 32)
        self.score = nn.Linear(32, 1, bias=False)

    def forward(self, h):
        e = self.score(torch.tanh(self.dense(h)))
        a = F.softmax(e, dim=self.axis)
        return (a * h).sum(dim=1)


class FrogNet(nn.Module):
    def __init__(self, axis=1):
        super().__init__()
        self.conv = nn.Conv1d(BANDS, 32, 5, padding=2)
        self.pool = AttentionPool(32, axis)
        self.out = nn.Linear(32, FROGS)

    def forward(self, x):
        h = torch.tanh(self.conv(x.transpose(1, 2))).transpose(1, 2)
        return self.out(self.pool(h))
