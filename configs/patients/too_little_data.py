from torch import nn
from torch.utils.data import Subset

from cnndoctor.datasets import digits


def net(width=16):
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(width, 2 * width, 3, padding=1, stride=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * width, 32),
        nn.ReLU(),
        nn.Linear(32, 10),
    )


def few(count):
    return Subset(digits("train"), range(count))
