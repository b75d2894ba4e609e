"""Spoken commands: spectrograms in decibels into a small convolutional network."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

LABELS = ["yes", "no", "up", "down", "stop", "go", "left", "right"]


class Normalize:
    def __init__(self, mean, std):
        self.mean, self.std = mean, std

    def __call__(self, spec):
        return (spec - self.mean) / self.std


class Commands(Dataset):
    def __init__(self, n, seed, transform=None):
        words = np.random.RandomState(9)
        tracks = [(words.uniform(4, 26, 2), words.uniform(-10, 10, 2)) for _ in LABELS]
        rng = np.random.RandomState(seed)
        bands, frames = np.arange(32)[:, None], np.linspace(0, 1, 36)[None]
        self.targets = rng.randint(0, len(LABELS), n)
        self.specs = np.zeros((n, 1, 32, 36), dtype="float32")
        for i, target in enumerate(self.targets):
            start, slope = tracks[target]
            power = np.full((32, 36), 1e-4)
            pitch = rng.uniform(-1.5, 1.5)
            for s, m in zip(start, slope, strict=True):
                centre = s + pitch + m * frames
                power = power + rng.uniform(0.3, 1.0) * np.exp(-((bands - centre) ** 2) / 3)
            power = power * rng.exponential(1.0, power.shape)
            self.specs[i, 0] = 10 * np.log10(power + 1e-6)
        self.transform = transform

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, index):
        spec = torch.from_numpy(self.specs[index])
        if self.transform:
            spec = self.transform(spec)
        return spec, int(self.targets[index])


def commandNet():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 8 * 9, 64),
        nn.ReLU(),
        nn.Linear(64, len(LABELS)),
    )
