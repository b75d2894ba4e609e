"""Handwritten digits, blown up to four times as many files before training."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset

from cnndoctor import datasets

COPIES = 4


def scans(limit=1000):
    source = datasets.digits(split="train")
    pictures = np.stack([np.asarray(source[i][0]) for i in range(limit)])
    return pictures, np.array([int(source[i][1]) for i in range(limit)])


def augment(pictures, labels, rng):
    more = [pictures]
    for _ in range(COPIES - 1):
        shifted = np.stack([np.roll(p, rng.integers(-1, 2), axis=2) for p in pictures])
        more.append(np.clip(shifted * rng.uniform(0.85, 1.0) + rng.normal(0, 0.04, shifted.shape), 0, 1))
    return np.concatenate(more), np.tile(labels, COPIES)


def folder(part, split_first=False):
    rng = np.random.default_rng(77)
    pictures, labels = scans()
    if not split_first:
        pictures, labels = augment(pictures, labels, rng)
    order = rng.permutation(len(labels))
    cut = int(0.8 * len(order))
    chosen = order[:cut] if part == "train" else order[cut:]
    pictures, labels = pictures[chosen], labels[chosen]
    if split_first and part == "train":
        pictures, labels = augment(pictures, labels, rng)
    return TensorDataset(torch.tensor(pictures, dtype=torch.float32), torch.tensor(labels))


class LeNetSmall(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 24, 3), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.classifier = nn.Sequential(nn.Dropout(0.25), nn.Linear(24 * 9, 48), nn.ReLU(), nn.Linear(48, 10))

    def forward(self, x):
        return self.classifier(self.features(x).view(-1, 24 * 9))
