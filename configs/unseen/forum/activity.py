"""What somebody does, from two seconds of a phone's accelerometer."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

# Steps per second, strength, share of the second harmonic, tilt
ACTIVITIES = {
    "sit": (0.3, 0.05, 0.0, 0.6),
    "stand": (0.4, 0.07, 0.0, 0.1),
    "walk": (1.8, 0.6, 0.4, 0.1),
    "stairs": (1.5, 0.6, 0.9, 0.15),
    "run": (2.8, 1.0, 0.5, 0.2),
    "cycle": (1.7, 0.5, 0.1, 0.35),
}


class Phone(Dataset):
    classes = tuple(ACTIVITIES)

    def __init__(self, each, seed):
        rng = np.random.default_rng(seed)
        time = np.arange(64) / 32
        self.windows, self.labels = [], []
        for label, (pace, strength, second, tilt) in enumerate(ACTIVITIES.values()):
            for _ in range(each):
                phase, f = rng.uniform(0, 6.28), 6.28 * pace * rng.normal(1, 0.1)
                s = strength * rng.lognormal(0, 0.25)
                up = np.cos(tilt) + s * (np.sin(f * time + phase) + second * np.sin(2 * f * time + 2 * phase))
                front = np.sin(tilt) + 0.5 * s * np.cos(f * time + phase)
                side = 0.3 * s * np.sin(0.5 * f * time + phase)
                window = np.stack([up, front, side]) + rng.normal(0, 0.15, (3, 64))
                self.windows.append(torch.tensor(window, dtype=torch.float32))
                self.labels.append(label)

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, index):
        return self.windows[index], self.labels[index]


class ConvGRU(nn.Module):
    def __init__(self, channels=16, hidden=24):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(3, channels, 5, padding=2),
            nn.ReLU(),
            nn.Conv1d(channels, channels, 5, stride=2),
            nn.ReLU(),
        )
        self.gru = nn.GRU(channels, hidden, batch_first=True)
        self.classifier = nn.Linear(hidden, 6)

    def forward(self, x):
        x = self.features(x).transpose(1, 2)
        _, last = self.gru(x)
        return self.classifier(last[-1])


def adam_for_classifier(model, lr):
    return torch.optim.Adam(model.classifier.parameters(), lr=lr)
