"""Postmarks on stamps: which of four shapes was stamped. Small LeNet."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset


def draw(rng, kind):
    img = rng.integers(0, 60, (16, 16)).astype(np.int64)
    top, left, size = rng.integers(0, 6), rng.integers(0, 6), rng.integers(8, 11)
    ink = int(rng.integers(120, 190))
    box = img[top : top + size, left : left + size]
    n = np.arange(size)
    if kind == 0:
        box[0] += ink
        box[-1] += ink
        box[1:-1, 0] += ink
        box[1:-1, -1] += ink
    elif kind == 1:
        box[n, n] += ink
        box[n, size - 1 - n] += ink
    elif kind == 2:
        box[size // 2] += ink
        box[:, size // 2] += ink
    else:
        yy, xx = np.mgrid[0:size, 0:size] - (size - 1) / 2
        ring = np.abs(np.hypot(yy, xx) - size / 2 + 0.8) < 0.7
        box[ring] += ink
    return np.clip(img, 0, 255).astype(np.uint8)


class Postmarks(Dataset):
    classes = ("frame", "cross", "plus", "ring")

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.labels = rng.integers(0, 4, n)
        self.images = np.stack([draw(rng, k) for k in self.labels])[:, None].astype(np.float32)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, idx):
        image = self.images[idx] / 255.0
        return torch.from_numpy(image), int(self.labels[idx])


class PostmarksLean(Postmarks):
    """Makes no copy of the picture."""

    def __getitem__(self, idx):
        image = self.images[idx]
        image /= 255.0
        return torch.from_numpy(image), int(self.labels[idx])


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 8, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(256, 48),
        nn.ReLU(),
        nn.Linear(48, 4),
    )
