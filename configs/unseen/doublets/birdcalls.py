"""Which bird calls? One-dimensional convolutions over a quarter of a second of sound."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset

RATE, LENGTH = 2048, 384
SPECIES = ["wren", "tit", "finch", "cuckoo", "robin"]


def call(rng, species):
    t = np.arange(LENGTH) / RATE
    base = rng.uniform(180, 320)
    sweep = t / t[-1]
    if species == "wren":  # a trill: one tone, cut into beats
        frequency, volume = base + 0 * t, 0.5 + 0.5 * np.sign(np.sin(2 * np.pi * rng.uniform(40, 60) * t))
    elif species == "tit":
        frequency, volume = base * (1 + 1.2 * sweep), 1.0
    elif species == "finch":
        frequency, volume = base * (2.2 - 1.2 * sweep), 1.0
    elif species == "cuckoo":  # high, then low
        frequency, volume = np.where(t < rng.uniform(0.07, 0.11), 2 * base, base), 1.0
    else:
        frequency, volume = base * 1.5 + 90 * np.sin(2 * np.pi * rng.uniform(20, 28) * t), 1.0
    phase = 2 * np.pi * np.cumsum(frequency) / RATE + rng.uniform(0, 6.28)
    return volume * np.sin(phase) * rng.uniform(0.6, 1.2) + 0.3 * rng.standard_normal(LENGTH)


class BirdCalls(Dataset):
    def __init__(self, count, seed):
        rng = np.random.default_rng(seed)
        self.y = rng.integers(0, 5, count)
        self.x = np.stack([call(rng, SPECIES[k]) for k in self.y])

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return torch.from_numpy(self.x[i]).float().unsqueeze(0), int(self.y[i])


class CallNet(nn.Module):
    def __init__(self, n_species=5, bn_decay=0.999):
        super().__init__()
        self.conv1 = nn.Conv1d(1, 16, 9, stride=2, padding=4)
        self.bn1 = nn.BatchNorm1d(16, eps=1e-3, momentum=1 - bn_decay)
        self.conv2 = nn.Conv1d(16, 32, 7, stride=2, padding=3)
        self.bn2 = nn.BatchNorm1d(32, eps=1e-3, momentum=1 - bn_decay)
        self.conv3 = nn.Conv1d(32, 32, 7, stride=2, padding=3)
        self.bn3 = nn.BatchNorm1d(32, eps=1e-3, momentum=1 - bn_decay)
        self.fc = nn.Linear(32 * 6, n_species)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        x = F.relu(self.bn3(self.conv3(x)))
        x = F.avg_pool1d(x, 8)
        return self.fc(x.view(x.size(0), -1))
