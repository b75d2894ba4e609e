"""Digits whose training labels were typed in a hurry."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

from cnndoctor.datasets import digits


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.head = nn.Linear(512, 10)

    def forward(self, x):
        return self.head(self.body(x).flatten(1))


def typed():
    source = digits("train")
    generator = torch.Generator().manual_seed(3)
    wrong = torch.rand(len(source), generator=generator) < 0.25
    shift = torch.randint(1, 10, (len(source),), generator=generator)
    return TensorDataset(source.images, torch.where(wrong, (source.targets + shift) % 10, source.targets))
