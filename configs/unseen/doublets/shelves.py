"""What lies on the shelf? Up to six kinds of things in one small grey picture, each there or not."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

TAGS = ("ball", "box", "ring", "cross", "bar", "tent")
SIDE = 28


def stamp(tag):
    yy, xx = np.mgrid[-3.5:4.5, -3.5:4.5]
    far = np.hypot(yy, xx)
    return {
        "ball": far < 3.6,
        "box": np.ones((8, 8), bool),
        "ring": (far < 4) & (far > 2.2),
        "cross": (np.abs(yy) < 1) | (np.abs(xx) < 1),
        "bar": np.abs(yy) < 1.6,
        "tent": yy > 2 * np.abs(xx) - 4,
    }[tag].astype(float)


def photograph(rng):
    present = rng.random(6) < 0.4
    img = np.full((SIDE, SIDE), 0.15)
    slots = rng.permutation(9)
    for slot, k in zip(slots, np.flatnonzero(present), strict=False):
        y, x = 1 + 9 * (slot // 3) + rng.integers(-1, 1), 1 + 9 * (slot % 3) + rng.integers(-1, 1)
        img[y : y + 8, x : x + 8] += stamp(TAGS[k]) * rng.uniform(0.5, 0.8)
    return (img + rng.normal(0, 0.06, img.shape)).clip(0, 1), present


class Shelves(Dataset):
    """A folder `shelf_0.png` … and a table with one row of tags for each."""

    def __init__(self, start, stop, seed=5, listing="numbered"):
        rng = np.random.default_rng([seed, start])
        folder, table = {}, []
        for number in range(start, stop):
            folder[f"shelf_{number}.png"], tags = photograph(rng)
            table.append(tags)
        names = list(folder) if listing == "numbered" else sorted(folder)
        self.images = [folder[name] for name in names]
        self.tags = table

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        image = torch.tensor(self.images[i], dtype=torch.float32).sub(0.25).div(0.25)[None]
        return image, torch.tensor(self.tags[i], dtype=torch.float32)


class ShelfNet(nn.Module):
    def __init__(self, output=None):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 5, padding=2), nn.ReLU(), nn.AdaptiveMaxPool2d(1),
        )  # fmt: skip
        self.fc1 = nn.Linear(32, 64)
        self.fc2 = nn.Linear(64, len(TAGS))
        self.output = output or nn.Softmax(dim=1)

    def forward(self, x):
        x = self.features(x).flatten(1)
        x = torch.relu(self.fc1(x))
        return self.output(self.fc2(x))
