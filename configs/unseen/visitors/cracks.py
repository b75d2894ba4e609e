"""Cracks in concrete, 32x32: two or three pixels of a hundred are crack; focal loss and a bias that starts at the prior."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def slab(rng, size=32):
    img = rng.normal(0.6, 0.05, (size, size))
    img += 0.08 * np.cos(np.linspace(0, rng.uniform(1, 6), size))[:, None]
    mask = np.zeros((size, size), np.float32)
    y, angle = rng.uniform(6, size - 6), rng.normal(0, 0.5)
    start, stop = sorted(rng.integers(0, size, 2))
    for x in range(start, max(stop, start + 12)):
        if 0 <= int(y) < size and x < size:
            mask[int(y), x] = 1
        angle = 0.9 * angle + rng.normal(0, 0.3)
        y += math.tan(max(-1.0, min(1.0, angle)))
    img -= mask * rng.uniform(0.2, 0.35)
    for _ in range(4):  # stains are dark too, but round
        cy, cx, r = rng.uniform(0, size), rng.uniform(0, size), rng.uniform(1.5, 3)
        yy, xx = np.ogrid[:size, :size]
        img -= 0.2 * (((yy - cy) ** 2 + (xx - cx) ** 2) < r * r) * (mask == 0)
    return ((img - 0.5) / 0.15).astype(np.float32)[None], mask[None]


class Slabs(torch.utils.data.Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.samples = [slab(rng) for _ in range(n)]

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, i):
        image, mask = self.samples[i]
        return {"image": torch.from_numpy(image), "mask": torch.from_numpy(mask)}


def block(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.GroupNorm(4, o), nn.ReLU())


class MiniUNet(nn.Module):
    def __init__(self, c=8, prior=0.02):
        super().__init__()
        self.a, self.b, self.d = block(1, c), block(c, 2 * c), block(3 * c, c)
        self.last = nn.Conv2d(c, 1, 1)
        nn.init.constant_(self.last.bias, math.log(prior / (1 - prior)))

    def forward(self, x):
        a = self.a(x)
        b = self.b(F.max_pool2d(a, 2))
        return self.last(self.d(torch.cat([a, F.interpolate(b, scale_factor=2.0)], 1)))


class FocalLoss(nn.Module):
    def __init__(self, alpha=0.75, gamma=2.0):
        super().__init__()
        self.alpha, self.gamma = alpha, gamma

    def forward(self, logits, target):
        ce = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
        p_t = torch.exp(-ce)
        weight = self.alpha * target + (1 - self.alpha) * (1 - target)
        return (weight * (1 - p_t) ** self.gamma * ce).mean()


class CrackIoU:
    def __init__(self):
        self.reset()

    def reset(self):
        self.both = self.either = 0

    def update(self, logits, target):
        said, true = logits > 0, target > 0.5
        self.both += int((said & true).sum())
        self.either += int((said | true).sum())

    def compute(self):
        return torch.tensor(self.both / max(self.either, 1))
