"""Digits moved by up to a pixel."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

from cnndoctor.datasets import digits


def net():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 10)
    )


class Augmented(Dataset):
    def __init__(self, split, seed=0):
        self.source = digits(split)
        self.rng = np.random.default_rng(seed)

    def __len__(self):
        return len(self.source)

    def __getitem__(self, index):
        image, label = self.source[index]
        image = torch.roll(image, tuple(self.rng.integers(-1, 2, 2)), dims=(1, 2))
        return image + float(self.rng.normal(0, 0.02)), label
