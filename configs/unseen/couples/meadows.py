"""Aerial pictures of meadows: what is grass, what is water, what is a roof."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

COLOURS = np.array([[0.35, 0.55, 0.25], [0.25, 0.4, 0.5], [0.6, 0.4, 0.35]])


def picture(rng, size=32):
    mask = np.zeros((size, size), dtype=np.int64)
    yy, xx = np.mgrid[:size, :size]
    middle = rng.uniform(6, 26) + rng.uniform(2, 6) * np.sin(xx / rng.uniform(3, 7) + rng.uniform(0, 6))
    mask[np.abs(yy - middle) < rng.uniform(2, 4)] = 1
    for _ in range(rng.integers(1, 4)):
        h, w = rng.integers(4, 10, size=2)
        top, left = rng.integers(0, size - h), rng.integers(0, size - w)
        mask[top : top + h, left : left + w] = 2
    image = COLOURS[mask] + rng.normal(0, 0.09, (size, size, 3)) + rng.normal(0, 0.05, 3)
    return image.transpose(2, 0, 1).astype(np.float32), mask


class Meadows(torch.utils.data.Dataset):
    def __init__(self, count, seed, augment=False, flip_masks=True):
        rng = np.random.default_rng(seed)
        self.data = [picture(rng) for _ in range(count)]
        self.augment, self.flip_masks = augment, flip_masks

    def __len__(self):
        return len(self.data)

    def __getitem__(self, idx):
        image, mask = (torch.from_numpy(part) for part in self.data[idx])
        if self.augment:
            for axis in (-1, -2):
                if torch.rand(()) < 0.5:
                    image = image.flip(axis)
                    if self.flip_masks:
                        mask = mask.flip(axis)
        return (image - 0.45) / 0.2, mask


def block(cin, cout):
    return nn.Sequential(nn.Conv2d(cin, cout, 3, padding=1), nn.BatchNorm2d(cout), nn.ReLU(inplace=True))


class TinyUNet(nn.Module):
    def __init__(self, n_channels=3, n_classes=3, dim=1):
        super().__init__()
        self.dim = dim
        self.down1, self.down2 = block(n_channels, 12), block(12, 24)
        self.mid = block(24, 24)
        self.up = block(24 + 12, 12)
        self.outc = nn.Conv2d(12, n_classes, kernel_size=1)

    def forward(self, x):
        x1 = self.down1(x)
        x2 = self.mid(self.down2(F.max_pool2d(x1, 2)))
        x = self.up(torch.cat([F.interpolate(x2, scale_factor=2.0), x1], dim=1))
        return F.log_softmax(self.outc(x), dim=self.dim)
