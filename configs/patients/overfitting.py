"""A large MLP on the first 120 digits."""

from torch import nn
from torch.utils.data import Subset

from cnndoctor.datasets import digits


def first_digits(n=120):
    return Subset(digits(split="train"), range(n))


def big_mlp():
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(64, 1024),
        nn.ReLU(),
        nn.Linear(1024, 1024),
        nn.ReLU(),
        nn.Linear(1024, 10),
    )
