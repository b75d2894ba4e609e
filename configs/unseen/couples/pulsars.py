"""Pulsar or noise, from six numbers of a candidate's profile."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset


def candidates(n, seed):
    rng = np.random.RandomState(seed)
    X = rng.normal(size=(n, 6))
    score = X[:, 0] * X[:, 1] + 0.8 * (X[:, 2] ** 2 - 1) + 0.5 * np.abs(X[:, 3]) - 0.4
    y = (score + 0.1 * rng.normal(size=n) > 0).astype(np.int64)
    return TensorDataset(torch.from_numpy(X).float(), torch.from_numpy(y))


class PulsarMLP(nn.Module):
    def __init__(self, relu=True, log_softmax=True):
        super().__init__()
        layers = []
        for i, o in [(6, 64), (64, 64)]:
            layers.append(nn.Linear(i, o))
            if relu:
                layers.append(nn.ReLU())
        layers.append(nn.Linear(64, 2))
        if log_softmax:
            layers.append(nn.LogSoftmax(dim=1))
        self.layers = nn.ModuleList(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
