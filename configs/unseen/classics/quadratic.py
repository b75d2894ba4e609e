"""The textbook network of sigmoid units with quadratic cost, on handwritten digits: "it stays at ten percent"."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import one_hot
from torch.utils.data import TensorDataset

from cnndoctor.datasets import digits


def vectors(split):
    data = digits(split)
    return TensorDataset(data.images.flatten(1), one_hot(data.targets, 10).float())


class Network(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))

    def forward(self, a):
        for layer in self.layers:
            a = torch.sigmoid(layer(a))
        return a


class QuadraticCost(nn.Module):
    def forward(self, a, y):
        return 0.5 * ((a - y) ** 2).sum(dim=1).mean()
