"""Finds the brown spots on photographs of leaves, pixel by pixel."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import Dataset

S = 32


def draw_leaf(rng):
    yy, xx = np.mgrid[0:S, 0:S]
    img = np.empty((S, S, 3))
    img[:] = rng.uniform(150, 220, 3)  # table
    cy, cx, a, b = rng.uniform(13, 19), rng.uniform(13, 19), rng.uniform(11, 16), rng.uniform(9, 14)
    leaf = ((yy - cy) / a) ** 2 + ((xx - cx) / b) ** 2 < 1
    img[leaf] = (rng.uniform(40, 80), rng.uniform(110, 170), rng.uniform(30, 70))
    spots = np.zeros((S, S), bool)
    for _ in range(rng.integers(3, 7)):
        y, x, r = rng.uniform(6, 26), rng.uniform(6, 26), rng.uniform(2.5, 5)
        spots |= (yy - y) ** 2 + (xx - x) ** 2 < r * r
    spots &= leaf
    img[spots] = (rng.uniform(95, 140), rng.uniform(70, 105), rng.uniform(30, 60))
    img *= rng.uniform(0.85, 1.1)
    img += rng.normal(0, 16, img.shape)
    return img.clip(0, 255).astype(np.uint8), spots


def to_tensor(image):
    return torch.from_numpy(image).permute(2, 0, 1).float().div(255)


def as_is(image):
    return torch.from_numpy(image.transpose(2, 0, 1).astype("float32"))


class LeafSpots(Dataset):
    def __init__(self, n, seed, read=to_tensor):
        rng = np.random.default_rng(seed)
        self.pairs = [draw_leaf(rng) for _ in range(n)]
        self.read = read

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, i):
        image, mask = self.pairs[i]
        return self.read(image), torch.from_numpy(mask).float()[None]


def conv(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(inplace=True))


class MiniUNet(nn.Module):
    def __init__(self, out_activation=None):
        super().__init__()
        self.down1 = conv(3, 12)
        self.down2 = conv(12, 24)
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.up1 = conv(24 + 12, 12)
        self.head = nn.Conv2d(12, 1, 1)
        self.out_activation = nn.Sigmoid() if out_activation == "sigmoid" else nn.Identity()

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(nn.functional.max_pool2d(a, 2))
        x = self.up1(torch.cat([self.up(b), a], dim=1))
        return self.out_activation(self.head(x))
