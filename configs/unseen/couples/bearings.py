"""Which part of a bearing is broken, from 256 samples of its vibration."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import TensorDataset

PERIOD = {"normal": None, "outer race": 46, "inner race": 31, "ball": 19}


def makeSignals(howMany, seed):
    rng = np.random.default_rng(seed)
    t = np.arange(256)
    signals, labels = [], []
    for i in range(howMany):
        label = i % 4
        period = list(PERIOD.values())[label]
        signal = 0.6 * rng.normal(size=256) + 0.5 * np.sin(
            2 * np.pi * t / rng.uniform(60, 90) + rng.uniform(0, 6)
        )
        if period:
            strength = rng.uniform(1.2, 2.2)
            start = int(rng.integers(0, period))
            for hit in range(start, 256, period):
                ring = np.exp(-(t[hit:] - hit) / 5) * np.cos(2 * np.pi * (t[hit:] - hit) / 4)
                signal[hit:] += strength * rng.uniform(0.7, 1.3) * ring
        signals.append(signal)
        labels.append(label)
    X = torch.tensor(np.array(signals), dtype=torch.float32).unsqueeze(1)
    return TensorDataset((X - X.mean()) / X.std(), torch.tensor(labels))


class BearingNet(nn.Module):
    def __init__(self, probabilities=False):
        super().__init__()
        self.probabilities = probabilities
        self.conv1 = nn.Conv1d(1, 16, 15, padding=7)
        self.conv2 = nn.Conv1d(16, 32, 15, padding=7)
        self.conv3 = nn.Conv1d(32, 32, 7, padding=3)
        self.fc1 = nn.Linear(64, 32)
        self.fc2 = nn.Linear(32, 4)

    def forward(self, x):
        x = F.max_pool1d(F.relu(self.conv1(x)), 4)
        x = F.max_pool1d(F.relu(self.conv2(x)), 4)
        x = F.relu(self.conv3(x))
        x = torch.cat([x.amax(2), x.mean(2)], dim=1)
        x = self.fc2(F.relu(self.fc1(x)))
        if self.probabilities:
            return F.softmax(x, dim=1)
        return x
