"""Cells on a microscope picture, a very small U-Net, Dice and cross-entropy together."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset


class Cells(Dataset):
    def __init__(self, n, seed, flip=False):
        g = torch.Generator().manual_seed(seed)
        yy, xx = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
        self.flip = flip
        self.image = torch.zeros(n, 1, 32, 32)
        self.mask = torch.zeros(n, 1, 32, 32)
        for i in range(n):
            for _ in range(int(torch.randint(1, 5, (1,), generator=g))):
                cy, cx, ry, rx = torch.rand(4, generator=g).tolist()
                inside = ((yy - 32 * cy) / (3 + 3 * ry)) ** 2 + ((xx - 32 * cx) / (3 + 3 * rx)) ** 2 < 1
                self.mask[i, 0][inside] = 1
        light = torch.rand(n, 1, 1, 1, generator=g) * xx / 32
        self.image = 0.8 * self.mask + 0.8 * light + 0.35 * torch.randn(n, 1, 32, 32, generator=g)

    def __len__(self):
        return len(self.image)

    def __getitem__(self, i):
        x, y = self.image[i], self.mask[i]
        if self.flip and torch.rand(1) < 0.5:
            x, y = x.flip(2), y.flip(2)
        if self.flip and torch.rand(1) < 0.5:
            x, y = x.flip(1), y.flip(1)
        return x, y


def conv(a, b):
    return nn.Sequential(nn.Conv2d(a, b, 3, padding=1), nn.GroupNorm(2, b), nn.ReLU())


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2, self.mid = conv(1, 8), conv(8, 16), conv(16, 32)
        self.up2, self.up1 = conv(48, 16), conv(24, 8)
        self.last = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        c = self.mid(F.max_pool2d(b, 2))
        b = self.up2(torch.cat([b, F.interpolate(c, scale_factor=2)], 1))
        a = self.up1(torch.cat([a, F.interpolate(b, scale_factor=2)], 1))
        return self.last(a)


class DiceBCE(nn.Module):
    def forward(self, logits, mask):
        p = torch.sigmoid(logits)
        dice = (2 * (p * mask).sum((1, 2, 3)) + 1) / (p.sum((1, 2, 3)) + mask.sum((1, 2, 3)) + 1)
        return F.binary_cross_entropy_with_logits(logits, mask) + 1 - dice.mean()
