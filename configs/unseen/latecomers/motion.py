"""Activity from a phone's motion sensors, a Conv1D network rewritten from Keras."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import TensorDataset

ACTIVITIES = ["walk", "run", "upstairs", "downstairs", "cycle", "sit"]
# steps a second, then the strength on the six axes (three of acceleration, three of rotation)
GAIT = {
    "walk": (1.6, [0.9, 0.4, 0.6, 0.5, 0.5, 0.3], 0.0),
    "run": (1.8, [0.9, 0.5, 0.6, 0.5, 0.4, 0.3], 1.8),
    "upstairs": (1.5, [0.9, 0.5, 0.7, 0.5, 0.4, 0.3], 0.8),
    "downstairs": (1.5, [0.9, 0.5, 0.7, 0.5, 0.4, 0.3], -0.8),
    "cycle": (1.4, [0.8, 0.4, 0.6, 0.5, 0.4, 0.4], -1.8),
    "sit": (1.0, [0.1, 0.1, 0.1, 0.1, 0.1, 0.1], 0.0),
}
WINDOW = 64  # samples at 20 Hz


def load_windows(count, seed):
    rng = np.random.default_rng(seed)
    X = np.zeros((count, WINDOW, 6), dtype="float32")
    y = rng.integers(0, len(ACTIVITIES), count)
    t = np.arange(WINDOW) / 20.0
    for i, activity in enumerate(y):
        hz, strength, lag = GAIT[ACTIVITIES[activity]]
        hz = hz * rng.uniform(0.75, 1.3)
        phase = rng.uniform(0, 2 * np.pi)
        for axis in range(6):
            wave = np.sin(2 * np.pi * hz * t + phase + lag * axis)
            X[i, :, axis] = strength[axis] * rng.uniform(0.7, 1.3) * wave
        X[i] += rng.normal(0, 0.7, (WINDOW, 6))
    return TensorDataset(torch.from_numpy(X), torch.from_numpy(y).long())


class HARNet(nn.Module):
    """X comes as (batch, time, axes), the way Keras had it."""

    def __init__(self, n_axes=6, n_classes=6):
        super().__init__()
        self.n_axes = n_axes
        self.conv1 = nn.Conv1d(n_axes, 32, 7, padding="same")
        self.conv2 = nn.Conv1d(32, 48, 5, padding="same")
        self.pool = nn.MaxPool1d(2)
        self.drop = nn.Dropout(0.2)
        self.fc = nn.Linear(48, n_classes)

    def to_channels_first(self, x):
        return x.permute(0, 2, 1)

    def forward(self, x):
        x = self.to_channels_first(x)
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = self.drop(x.mean(-1))
        return self.fc(x)


class HARNetView(HARNet):
    def to_channels_first(self, x):
        return x.view(x.size(0), self.n_axes, -1)
