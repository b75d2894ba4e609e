"""Next month's excess return of a share from its factors: hardly anything can be known."""

import torch
from torch import nn
from torch.utils.data import TensorDataset


def months(n, seed):
    torch.manual_seed(99)
    beta = torch.randn(15) / 15**0.5
    gen = torch.Generator().manual_seed(seed)
    X = torch.randn(n, 15, generator=gen)
    signal = X @ beta + 0.5 * torch.tanh(2 * X[:, 0] * X[:, 1])
    y = 0.25 * signal + torch.randn(n, generator=gen)
    return TensorDataset(X, y[:, None])


class FactorNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.skip = nn.Linear(15, 1)
        self.body = nn.Sequential(nn.Linear(15, 8), nn.Tanh(), nn.Dropout(0.1), nn.Linear(8, 1, bias=False))

    def forward(self, x):
        return self.skip(x) + self.body(x)
