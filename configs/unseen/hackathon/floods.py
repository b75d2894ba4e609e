"""Where does the water stand? Two radar channels in decibel, a mask for each scene."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset

SIZE = 32


def scene(rng):
    yy, xx = np.mgrid[:SIZE, :SIZE]
    course = rng.uniform(4, 28) + 4 * np.sin(yy / rng.uniform(4, 8) + rng.uniform(0, 6))
    water = np.abs(xx - course) < rng.uniform(1.5, 3.5)
    if rng.random() < 0.7:
        cx, cy, r = rng.uniform(4, 28), rng.uniform(4, 28), rng.uniform(4, 8)
        water |= (xx - cx) ** 2 + ((yy - cy) * rng.uniform(0.7, 1.4)) ** 2 < r * r
    vv = np.where(water, -18.0, -11.0) + rng.normal(0, 2.5, water.shape)
    vh = np.where(water, -25.0, -19.0) + rng.normal(0, 2.5, water.shape)
    return np.stack([vv, vh]).astype("float32"), water.astype("float32")[None]


class RandomMirror:
    def __call__(self, *arrays):
        for side in (-1, -2):
            if torch.rand(()) < 0.5:
                arrays = [a.flip(side) for a in arrays]
        return arrays


class Scenes(Dataset):
    def __init__(self, n, seed, augment=None, together=True):
        rng = np.random.default_rng(seed)
        self.items = [tuple(torch.from_numpy(a) for a in scene(rng)) for _ in range(n)]
        self.augment, self.together = augment, together

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        radar, mask = self.items[i]
        if self.augment:
            if self.together:
                radar, mask = self.augment(radar, mask)
            else:
                (radar,), (mask,) = self.augment(radar), self.augment(mask)
        return radar, mask


class Double(nn.Sequential):
    def __init__(self, i, o, **norm):
        super().__init__(
            nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o, **norm), nn.ReLU(),
            nn.Conv2d(o, o, 3, padding=1, bias=False), nn.BatchNorm2d(o, **norm), nn.ReLU(),
        )  # fmt: skip


class FloodUNet(nn.Module):
    def __init__(self, **norm):
        super().__init__()
        self.down1, self.down2 = Double(2, 8, **norm), Double(8, 16, **norm)
        self.up = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.join = Double(16, 8, **norm)
        self.out = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        return self.out(self.join(torch.cat([a, self.up(b)], 1)))
