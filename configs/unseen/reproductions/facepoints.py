"""Regress the eyes and the corners of the mouth of drawn faces; names are the person's own left and right."""

import math
import random

import torch
from torch import nn
from torch.utils.data import Dataset

SIZE = 24
POINTS = ["left_eye", "right_eye", "left_mouth", "right_mouth"]


def draw(rng):
    cx, cy = rng.uniform(9, 15), rng.uniform(9, 15)
    half, tilt = rng.uniform(2.5, 4.5), rng.uniform(-0.4, 0.4)
    c, s = math.cos(tilt), math.sin(tilt)
    corners = [(half, -half), (-half, -half), (0.7 * half, half), (-0.7 * half, half)]
    pts = torch.tensor([[cx + c * x - s * y, cy + s * x + c * y] for x, y in corners])
    grid = torch.arange(float(SIZE))
    img = torch.zeros(SIZE, SIZE)
    for i, (x, y) in enumerate(pts):
        spread = 1.0 if i < 2 else 0.6
        img += torch.exp(-((grid[None, :] - x) ** 2 + (grid[:, None] - y) ** 2) / (2 * spread**2))
    return img + 0.05 * torch.randn(
        SIZE, SIZE, generator=torch.Generator().manual_seed(rng.randrange(10**6))
    ), pts


class Faces(Dataset):
    def __init__(self, n, seed, augment=False, swap_sides=True):
        rng = random.Random(seed)
        self.items = [draw(rng) for _ in range(n)]
        self.augment, self.swap_sides = augment, swap_sides

    def __len__(self):
        return len(self.items)

    def __getitem__(self, idx):
        img, pts = self.items[idx]
        if self.augment and torch.rand(1).item() < 0.5:
            img = img.flip(-1)
            pts = torch.stack([SIZE - 1 - pts[:, 0], pts[:, 1]], dim=1)
            if self.swap_sides:
                pts = pts[[1, 0, 3, 2]]
        return img[None], (pts / SIZE * 2 - 1).flatten()


def landmark_net():
    return nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(12, 24, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(24 * 36, 64),
        nn.ReLU(),
        nn.Linear(64, 2 * len(POINTS)),
    )
