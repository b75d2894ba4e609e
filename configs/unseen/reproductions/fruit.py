"""Sugar content of a fruit from its photograph: the redder, the sweeter."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset


def photograph(rng):
    """Return a picture as a camera stores it, [20, 20, 3] red-green-blue bytes, and the sugar content."""
    ripe = rng.uniform()
    skin = np.array([0.25 + 0.65 * ripe, 0.75 - 0.5 * ripe, 0.15 + 0.1 * rng.uniform()])
    leaf = np.array([0.3, 0.45, 0.35]) + rng.normal(0, 0.08, 3)
    cy, cx, r = rng.uniform(8, 12), rng.uniform(8, 12), rng.uniform(5, 7)
    yy, xx = np.mgrid[:20, :20]
    disc = 1 / (1 + np.exp(2 * (np.hypot(yy - cy, xx - cx) - r)))[..., None]
    img = (disc * skin + (1 - disc) * leaf) * rng.uniform(0.8, 1.1) + rng.normal(0, 0.03, (20, 20, 3))
    return (img.clip(0, 1) * 255).astype(np.uint8), 8 + 8 * ripe


def imread(raw):
    return raw[:, :, ::-1].copy()  # this library keeps blue first


class FruitFolder(Dataset):
    def __init__(self, n, seed, reader="cv2"):
        rng = np.random.default_rng(seed)
        self.photos = [photograph(rng) for _ in range(n)]
        self.reader = reader

    def __len__(self):
        return len(self.photos)

    def __getitem__(self, i):
        raw, sugar = self.photos[i]
        img = imread(raw) if self.reader == "cv2" else raw
        x = torch.from_numpy(img).permute(2, 0, 1).float().div(255).sub(0.45).div(0.22)
        return x, torch.tensor([(sugar - 12) / 2.3], dtype=torch.float32)


class SugarNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(16, 24, 3, stride=2), nn.ReLU()
        )
        self.g = nn.Sequential(nn.Flatten(), nn.Linear(24 * 16, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, x):
        return self.g(self.f(x))
