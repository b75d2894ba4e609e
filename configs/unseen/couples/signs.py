"""Small colour pictures of road signs' shapes, as PIL and OpenCV hand them over: height, width, colours."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import Dataset

SHAPES = ("disc", "diamond", "triangle", "cross", "ring")


def draw(rng, shape, size=20):
    yy, xx = np.mgrid[:size, :size].astype(float)
    r = rng.uniform(5, 7)
    dy, dx = yy - rng.uniform(7, size - 8), xx - rng.uniform(7, size - 8)
    far = np.hypot(dy, dx)
    inside = {
        "disc": far < r,
        "diamond": np.abs(dy) + np.abs(dx) < 1.2 * r,
        "triangle": (dy < r * 0.7) & (dy > 2 * np.abs(dx) - r),
        "cross": (far < 1.2 * r) & ((np.abs(dy) < r / 3) | (np.abs(dx) < r / 3)),
        "ring": (far < r) & (far > 0.6 * r),
    }[shape]
    back, front = rng.uniform(40, 215, size=(2, 3))
    while np.abs(back - front).max() < 90:
        back, front = rng.uniform(40, 215, size=(2, 3))
    image = np.where(inside[..., None], front, back) + rng.normal(0, 12, (size, size, 3))
    return image.clip(0, 255).astype(np.uint8)


class Signs(Dataset):
    def __init__(self, n, seed, names=SHAPES):
        rng = np.random.default_rng(seed)
        order = rng.integers(0, len(SHAPES), n)
        self.images = [draw(rng, SHAPES[k]) for k in order]
        self.class_names = list(names)
        self.labels = [self.class_names.index(SHAPES[k]) for k in order]

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return torch.from_numpy(self.images[i]).float() / 255 - 0.5, self.labels[i]


class SignNet(nn.Module):
    def __init__(self, by="permute"):
        super().__init__()
        self.by = by
        self.net = nn.Sequential(
            nn.Conv2d(3, 12, 3, padding=1),
            nn.BatchNorm2d(12),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1),
            nn.BatchNorm2d(24),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(24, 32, 3, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            nn.Linear(32, 5),
        )

    def forward(self, x):
        if self.by == "view":
            x = x.contiguous().view(-1, 3, 20, 20)
        else:
            x = x.permute(0, 3, 1, 2)
        return self.net(x)
