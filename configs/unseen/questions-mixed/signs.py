"""Road signs in colour by their outline, from numpy arrays as OpenCV reads them."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

SIZE = 24
classes = ["round", "square", "triangle", "diamond"]


def draw(kind, rng):
    y, x = np.mgrid[:SIZE, :SIZE]
    r = rng.uniform(5, 7.5)
    cy, cx = rng.uniform(8, SIZE - 8, 2)
    dy, dx = y - cy, x - cx
    inside = [
        dy**2 + dx**2 < r**2,
        np.maximum(abs(dy), abs(dx)) < 0.88 * r,
        (dy < 0.8 * r) & (abs(dx) * 1.7 < dy + 1.1 * r),
        abs(dy) + abs(dx) < 1.2 * r,
    ][kind]
    img = np.where(inside[..., None], rng.integers(110, 256, 3), rng.integers(0, 100, 3))
    img = img + rng.normal(0, 14, img.shape)
    return img.clip(0, 255).astype(np.uint8)


class SignDataset(Dataset):
    def __init__(self, n, seed, channels_first="permute"):
        rng = np.random.default_rng(seed)
        self.labels = np.arange(n) % 4
        self.images = np.array([draw(k, rng) for k in self.labels])
        self.channels_first = channels_first

    def __len__(self):
        return len(self.images)

    def __getitem__(self, idx):
        image = torch.tensor(self.images[idx] / 255.0, dtype=torch.float)
        if self.channels_first == "permute":
            image = image.permute(2, 0, 1)
        else:
            image = image.reshape(3, SIZE, SIZE)
        return image, torch.tensor(self.labels[idx], dtype=torch.long)


def block(i, o):
    return nn.Sequential(
        nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(), nn.MaxPool2d(2)
    )


class SignNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(block(3, 8), block(8, 16), block(16, 32))
        self.classifier = nn.Linear(32 * 3 * 3, 4)

    def forward(self, x):
        x = self.features(x)
        x = x.view(x.size(0), -1)
        return self.classifier(x)
