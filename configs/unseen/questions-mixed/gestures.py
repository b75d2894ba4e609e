"""Five gestures from an accelerometer at the wrist, read by a small CNN."""

import numpy as np
import torch
import torch.nn as nn

GESTURES = ("circle", "shake", "tap", "raise", "rest")


def record(kind, rng):
    t = np.linspace(0, 1, 30)
    phase, power = rng.uniform(0, 6.28), rng.uniform(0.7, 1.3)
    a = np.zeros((30, 3))
    if kind == 0:
        a[:, 0], a[:, 1] = np.sin(9 * t + phase), np.cos(9 * t + phase)
    elif kind == 1:
        a[:, 0] = np.sin(30 * t + phase)
    elif kind == 2:
        a[:, 2] = 2 * np.exp(-((t - rng.uniform(0.2, 0.8)) ** 2) / 0.004)
    elif kind == 3:
        a[:, 2] = np.clip((t - rng.uniform(0.1, 0.6)) * 3, 0, 1)
    return power * a + rng.normal(0, 0.35, (30, 3))


class GestureSet(torch.utils.data.Dataset):
    def __init__(self, count, seed):
        rng = np.random.default_rng(seed)
        self.targets = [i % len(GESTURES) for i in range(count)]
        self.samples = np.stack([record(k, rng) for k in self.targets]).astype("float32")

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, idx):
        return torch.from_numpy(self.samples[idx]), torch.tensor(self.targets[idx])


class GestureCNN(nn.Module):
    def __init__(self, input_channels=3, num_classes=5):
        super().__init__()
        self.conv1 = nn.Conv1d(input_channels, 32, kernel_size=5, padding=2)
        self.conv2 = nn.Conv1d(32, 64, kernel_size=5, padding=2)
        self.pool = nn.MaxPool1d(2)
        self.relu = nn.ReLU()
        self.fc1 = nn.Linear(64 * 7, 64)
        self.fc2 = nn.Linear(64, num_classes)

    def forward(self, x):
        x = x.permute(0, 2, 1)  # (batch, channels, time)
        x = self.pool(self.relu(self.conv1(x)))
        x = self.pool(self.relu(self.conv2(x)))
        x = x.reshape(x.shape[0], -1)
        x = self.relu(self.fc1(x))
        return self.fc2(x)
