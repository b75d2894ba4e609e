"""A network of variable depth: "changing the number of hidden layers changes nothing, it hardly learns"."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset


def response(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.random((n, 6))
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    y = (y + rng.normal(0, 0.3, n) - 14.4) / 4.9
    x = (x - 0.5) / 0.29
    return TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(y[:, None], dtype=torch.float32))


class MLP(nn.Module):
    def __init__(self, in_features=6, width=32, num_hidden=4):
        super().__init__()
        self.layers = self.build(in_features, width, num_hidden)
        self.out = nn.Linear(width, 1)

    def build(self, in_features, width, num_hidden):
        sizes = [in_features] + [width] * num_hidden
        return [nn.Linear(sizes[i], sizes[i + 1]) for i in range(num_hidden)]

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.out(x)


class ModuleListMLP(MLP):
    def build(self, *sizes):
        return nn.ModuleList(super().build(*sizes))
