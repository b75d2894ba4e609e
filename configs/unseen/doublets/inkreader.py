"""Reads handwritten digits; the augmentation comes from an earlier project."""

import random

import torch
import torch.nn.functional as F
from torch import nn


class AerialAugment:
    """Eight views of a tile; made for land use seen from above."""

    def __call__(self, tile):
        tile = torch.rot90(tile, random.randrange(4), (1, 2))
        if random.random() < 0.5:
            tile = tile.flip(2)
        return tile


class Jitter:
    """A little brighter or darker, and one pixel to a side."""

    def __call__(self, img):
        img = img * random.uniform(0.85, 1.15)
        return torch.roll(img, random.choice([-1, 0, 0, 1]), dims=2)


class InkReader(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 16, 3, padding=1)
        self.c2 = nn.Conv2d(16, 32, 3, padding=1)
        self.d1 = nn.Linear(32 * 4, 40)
        self.d2 = nn.Linear(40, 10)

    def body(self, x):
        x = F.max_pool2d(F.relu(self.c1(x)), 2)
        x = F.max_pool2d(F.relu(self.c2(x)), 2)
        return F.relu(self.d1(torch.flatten(x, 1)))

    def forward(self, x):
        x = self.body(x)
        x = F.dropout(x, 0.5)
        return self.d2(x)


class InkReader2(InkReader):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        return self.d2(self.drop(self.body(x)))
