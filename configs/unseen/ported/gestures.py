"""Five gestures of the hand, from a wrist's accelerometer (three axes, fifty steps)."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

NAMES = ["wave", "circle", "push", "shake", "rest"]


def record(name, rng):
    t = np.linspace(0, 1, 50)
    f, p = rng.uniform(0.8, 1.2), rng.uniform(0, 2 * np.pi)
    a = rng.uniform(0.7, 1.3)
    xyz = np.zeros((3, 50))
    if name == "wave":
        xyz[0] = a * np.sin(2 * np.pi * 3 * f * t + p)
    elif name == "circle":
        xyz[0], xyz[1] = a * np.sin(2 * np.pi * 2 * f * t + p), a * np.cos(2 * np.pi * 2 * f * t + p)
    elif name == "push":
        xyz[2] = 1.5 * a * np.exp(-(((t - rng.uniform(0.3, 0.7)) / 0.1) ** 2))
    elif name == "shake":
        xyz[:] = a * np.sin(2 * np.pi * 8 * f * t + p)
    return xyz + 0.3 * rng.standard_normal((3, 50))


def recordings(n, seed):
    rng = np.random.default_rng(seed)
    names = [NAMES[k] for k in rng.integers(0, 5, n)]
    return np.stack([record(name, rng) for name in names]), names


def factorize(names):
    codes = {}
    for name in names:
        codes.setdefault(name, len(codes))
    return codes


class GestureSet(Dataset):
    def __init__(self, n, seed, codes=None):
        waves, names = recordings(n, seed)
        codes = codes or factorize(names)
        self.waves = torch.tensor(waves, dtype=torch.float32)
        self.labels = torch.tensor([codes[name] for name in names])

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.waves[i], self.labels[i]


def codes_of(n, seed):
    return factorize(recordings(n, seed)[1])


class GestureCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.block1 = nn.Sequential(nn.Conv1d(3, 16, 5), nn.BatchNorm1d(16), nn.ReLU(), nn.MaxPool1d(2))
        self.block2 = nn.Sequential(nn.Conv1d(16, 32, 5), nn.BatchNorm1d(32), nn.ReLU())
        self.head = nn.Linear(32, 5)

    def forward(self, x):
        return self.head(self.block2(self.block1(x)).mean(2))
