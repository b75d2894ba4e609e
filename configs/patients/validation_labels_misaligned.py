"""Validation digits whose files are sorted by name."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

from cnndoctor.datasets import digits


def net():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(1024, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


def listed():
    source = digits("validation")
    names = sorted(str(i) for i in range(len(source)))  # 0, 1, 10, 100, 101, ...
    return TensorDataset(source.images[torch.tensor([int(name) for name in names])], source.targets)
