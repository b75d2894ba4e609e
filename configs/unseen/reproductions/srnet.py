"""Small sub-pixel super-resolution (x2) of grey patches, SRResNet style."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset


def patch(g):
    yy, xx = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    img = torch.zeros(16, 16)
    for _ in range(3):
        angle, at = torch.rand(2, generator=g).tolist()
        angle, at = angle * math.pi, 16 * at
        side = (xx - 8) * math.cos(angle) + (yy - 8) * math.sin(angle) + 8 - at
        img = img + torch.rand(1, generator=g) * torch.sigmoid(4 * side)
    return (img / 3).unsqueeze(0)


class Patches(Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.hr = torch.stack([patch(g) for _ in range(n)])
        self.lr = F.avg_pool2d(self.hr, 2)

    def __len__(self):
        return len(self.hr)

    def __getitem__(self, i):
        return self.lr[i], self.hr[i]


class ResidualBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1 = nn.Conv2d(c, c, 3, padding=1)
        self.prelu = nn.PReLU()
        self.conv2 = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x):
        return x + self.conv2(self.prelu(self.conv1(x)))


class Generator(nn.Module):
    def __init__(self, channels=12):
        super().__init__()
        self.block1 = nn.Sequential(nn.Conv2d(1, channels, 3, padding=1), nn.PReLU())
        self.block2 = ResidualBlock(channels)
        self.block3 = ResidualBlock(channels)
        self.block4 = nn.Sequential(nn.Conv2d(channels, 4, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, x):
        up = F.interpolate(x, scale_factor=2, mode="bilinear")
        return up + self.block4(self.block3(self.block2(self.block1(x))))


class PSNR:
    def __init__(self):
        self.reset()

    def reset(self):
        self.squared, self.pixels = 0.0, 0

    def update(self, sr, hr):
        self.squared += float(((sr - hr) ** 2).sum())
        self.pixels += hr.numel()

    def compute(self):
        return 10 * math.log10(self.pixels / max(self.squared, 1e-12))
