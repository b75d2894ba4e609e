"""The sorting line: crates of fruit seen from above, 24 x 24 pixels."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

# red, green, blue; length over width; pixels
FRUIT = {
    "lemon": ((0.90, 0.82, 0.20), 1.5, 4.5),
    "mandarin": ((0.92, 0.52, 0.12), 1.0, 5.5),
    "tomato": ((0.82, 0.16, 0.14), 1.0, 7.0),
    "lime": ((0.35, 0.68, 0.20), 1.3, 3.5),
    "plum": ((0.38, 0.16, 0.46), 1.3, 4.5),
    "pear": ((0.66, 0.72, 0.25), 1.9, 7.0),
}


def photograph(index, rng):
    colour, length, size = list(FRUIT.values())[index]
    y, x = np.mgrid[0:24, 0:24] - rng.uniform(9, 14, 2)[:, None, None]
    turn = rng.uniform(0, np.pi)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    size *= rng.uniform(0.88, 1.12)
    inside = (along / np.sqrt(length)) ** 2 + (across * np.sqrt(length)) ** 2 < size**2
    belt = np.full((24, 24, 3), rng.uniform(0.25, 0.55))
    light = rng.uniform(0.8, 1.1)
    picture = np.where(inside[..., None], np.array(colour) * light + rng.normal(0, 0.05, 3), belt)
    picture = picture + rng.normal(0, 0.06, picture.shape)
    return (picture.clip(0, 1) * 255).astype(np.uint8)


def imread(index, rng):
    """Read a picture as OpenCV does."""
    return photograph(index, rng)[:, :, ::-1]


class Cached(Dataset):
    """The cache the line's first owner left: one array, written once by his script."""

    classes = tuple(FRUIT)

    def __init__(self, n, seed, convert=False):
        rng = np.random.default_rng(seed)
        self.labels = [i % 6 for i in range(n)]
        frames = np.stack([imread(label, rng) for label in self.labels])
        self.frames = frames[..., ::-1].copy() if convert else frames

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return torch.from_numpy(self.frames[i].copy()).permute(2, 0, 1).float() / 255, self.labels[i]


class Folder(Dataset):
    """New pictures, read by PIL."""

    classes = tuple(FRUIT)

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.items = [(photograph(i % 6, rng), i % 6) for i in range(n)]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        picture, label = self.items[i]
        return torch.from_numpy(picture.transpose(2, 0, 1).copy()) / 255.0, label


class SorterNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(3, 16, 3, padding=1)
        self.c2 = nn.Conv2d(16, 32, 3, padding=1)
        self.c3 = nn.Conv2d(32, 32, 3, padding=1)
        self.out = nn.Linear(32 * 9, 6)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.c1(x)), 2)
        x = torch.max_pool2d(torch.relu(self.c2(x)), 2)
        x = torch.max_pool2d(torch.relu(self.c3(x)), 2)
        return self.out(x.flatten(1))
