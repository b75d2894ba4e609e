"""One augmented data set, split at random."""

import torch
from torch import nn
from torch.utils.data import random_split

from cnndoctor.datasets import digits


def net():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(512, 10),
    )


def jitter(image):
    return image * (0.8 + 0.4 * torch.rand(1)) + 0.05 * torch.randn(image.shape)


def part(which):
    everything = digits("all", transform=jitter)
    return random_split(everything, [0.8, 0.2], generator=torch.Generator().manual_seed(0))[which]
