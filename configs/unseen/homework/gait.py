"""Bachelor thesis: what is the wearer of the wrist sensor doing? Three axes, 20 Hz, windows of four seconds."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

ACTIVITIES = ("standing", "walking", "running", "stairs", "cycling")
#             Hz,  m/s2, second harmonic, axis
HABITS = ((0.3, 0.3, 0.0, 2), (1.7, 2.2, 0.3, 2), (2.7, 6.0, 0.5, 2), (1.4, 2.4, 1.0, 0), (1.2, 1.8, 0.1, 1))


def window(rng, activity):
    hertz, strength, second, axis = HABITS[activity]
    t = np.arange(80) / 20
    phase, hertz = rng.uniform(0, 2 * np.pi), hertz * rng.normal(1, 0.08)
    wave = np.sin(2 * np.pi * hertz * t + phase) + second * np.sin(4 * np.pi * hertz * t + 2 * phase)
    signal = rng.normal(0, 0.8, (3, 80))
    signal[axis] += strength * rng.normal(1, 0.15) * wave
    signal[(axis + 1) % 3] += 0.5 * strength * np.roll(wave, 4)
    signal[2] += 9.81
    signal[0] -= 3.0
    return signal


class WristWindows(Dataset):
    def __init__(self, n, seed, normalize):
        rng = np.random.default_rng(seed)
        self.y = rng.integers(0, 5, n)
        self.x = np.stack([window(rng, activity) for activity in self.y])
        if normalize:
            self.x = (self.x - self.x.mean(axis=(0, 2), keepdims=True)) / self.x.std(
                axis=(0, 2), keepdims=True
            )

    def __len__(self):
        return len(self.y)

    def __getitem__(self, idx):
        return torch.tensor(self.x[idx], dtype=torch.float32), torch.tensor(self.y[idx])


class ActivityNet(nn.Module):
    def __init__(self, keep):
        super().__init__()
        self.conv1 = nn.Conv1d(3, 24, 7, stride=2, padding=3)
        self.conv2 = nn.Conv1d(24, 32, 5, stride=2, padding=2)
        self.drop = nn.Dropout(keep)
        self.fc1 = nn.Linear(32, 32)
        self.fc2 = nn.Linear(32, 5)

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        x = torch.relu(self.conv2(x))
        x = self.drop(x.amax(dim=2))
        x = self.drop(torch.relu(self.fc1(x)))
        return self.fc2(x)
