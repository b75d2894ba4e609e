"""Lab course: outline the nuclei in a picture of stained cells."""

import random

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset


def slide(rng):
    yy, xx = np.mgrid[0:32, 0:32]
    mask = np.zeros((32, 32), dtype=bool)
    for _ in range(rng.integers(2, 5)):
        cy, cx = rng.uniform(4, 28, 2)
        a, b, turn = rng.uniform(2.5, 5.5), rng.uniform(2.5, 5.5), rng.uniform(0, np.pi)
        u = (xx - cx) * np.cos(turn) + (yy - cy) * np.sin(turn)
        v = -(xx - cx) * np.sin(turn) + (yy - cy) * np.cos(turn)
        mask |= (u / a) ** 2 + (v / b) ** 2 < 1
    light = 0.75 + 0.006 * (xx - 16) * rng.normal() + 0.006 * (yy - 16) * rng.normal()
    image = np.where(mask, light - rng.uniform(0.25, 0.4), light) + rng.normal(0, 0.1, (32, 32))
    return image.astype(np.float32), mask.astype(np.float32)


def flip_image(image, mask):
    for axis in (1, 2):
        if random.random() < 0.5:
            image = image.flip(axis)
    return image, mask


def flip_both(image, mask):
    for axis in (1, 2):
        if random.random() < 0.5:
            image, mask = image.flip(axis), mask.flip(axis)
    return image, mask


class Slides(Dataset):
    def __init__(self, n, seed, augment=None):
        rng = np.random.default_rng(seed)
        self.pairs = [slide(rng) for _ in range(n)]
        self.augment = augment

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, i):
        image, mask = (torch.from_numpy(array)[None] for array in self.pairs[i])
        image = (image - 0.7) / 0.2
        return self.augment(image, mask) if self.augment else (image, mask)


def double(c_in, c_out):
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, 3, padding=1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(inplace=True),
        nn.Conv2d(c_out, c_out, 3, padding=1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(inplace=True),
    )


class TinyUNet(nn.Module):
    def __init__(self, final):
        super().__init__()
        self.down = double(1, 8)
        self.pool = nn.MaxPool2d(2)
        self.bottom = double(8, 16)
        self.up = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.merge = double(16, 8)
        self.out = nn.Conv2d(8, 1, 1)
        self.final = final

    def forward(self, x):
        fine = self.down(x)
        coarse = self.up(self.bottom(self.pool(fine)))
        return self.final(self.out(self.merge(torch.cat([fine, coarse], dim=1))))


class Dice:
    def __init__(self):
        self.reset()

    def reset(self):
        self.both, self.total = 0.0, 0.0

    def to(self, device):
        return self

    def update(self, outputs, targets):
        found = (outputs > 0.5).float()
        self.both += float((found * targets).sum())
        self.total += float(found.sum() + targets.sum())

    def compute(self):
        return torch.tensor(2 * self.both / max(self.total, 1.0))
