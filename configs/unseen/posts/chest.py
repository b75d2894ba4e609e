"""Chest pictures, drawn: normal, large heart, heart on the right side, fluid under a lung."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

LABELS = ["normal", "cardiomegaly", "dextrocardia", "effusion"]


def blob(yy, xx, cy, cx, ry, rx):
    return np.exp(-((((yy - cy) / ry) ** 2 + ((xx - cx) / rx) ** 2) ** 2))


def draw(rng, label):
    yy, xx = np.mgrid[0:28, 0:28].astype(float)
    cy, cx = 14 + rng.uniform(-1.5, 1.5, 2)
    picture = 0.75 * np.ones((28, 28))
    for side in (-1, 1):
        picture -= 0.55 * blob(yy, xx, cy, cx + side * 6.5, 10, 5)
    size = rng.uniform(4.6, 5.6) if label == "cardiomegaly" else rng.uniform(2.6, 3.3)
    side = -1 if label == "dextrocardia" else 1
    picture += 0.5 * blob(yy, xx, cy + 4, cx + side * rng.uniform(2.5, 4), size, size)
    if label == "effusion":
        picture += 0.45 * blob(yy, xx, cy + 9, cx + rng.choice([-1, 1]) * 7, 3.5, 4.5)
    return picture + 0.08 * rng.standard_normal((28, 28))


class RandomHorizontalFlip:
    def __init__(self, p=0.5):
        self.p = p

    def __call__(self, img):
        return torch.flip(img, [-1]) if torch.rand(1) < self.p else img


class RandomBrightness:
    def __call__(self, img):
        return img * (0.9 + 0.2 * torch.rand(1))


class ChestDataset(Dataset):
    classes = LABELS

    def __init__(self, n, seed, transforms=()):
        rng = np.random.default_rng(seed)
        self.labels = [i % 4 for i in range(n)]
        self.images = [torch.tensor(draw(rng, LABELS[k])).float()[None] for k in self.labels]
        self.transforms = transforms

    def __len__(self):
        return len(self.images)

    def __getitem__(self, idx):
        img = (self.images[idx] - 0.5) / 0.25
        for t in self.transforms:
            img = t(img)
        return img, self.labels[idx]


class ChestNet(nn.Module):
    def __init__(self, n_classes=4):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Linear(16 * 7 * 7, n_classes)

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))
