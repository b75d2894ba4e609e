"""A large MLP on the first 80 digits."""

from torch import nn
from torch.utils.data import Subset

from cnndoctor.datasets import digits


def first_digits(n=80):
    return Subset(digits(split="train"), range(n))


def big_mlp():
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(64, 256),
        nn.ReLU(),
        nn.Linear(256, 256),
        nn.ReLU(),
        nn.Linear(256, 10),
    )
