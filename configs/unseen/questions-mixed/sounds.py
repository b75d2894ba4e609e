"""Eight kinds of city sounds as small spectrograms, and a CNN after a video course."""

import numpy as np
import torch
import torch.nn as nn

CLASS_NAMES = ["siren", "horn", "drill", "dog", "engine", "music", "children", "aircon"]
BINS, FRAMES = 24, 24


def spectrogram(kind, rng):
    t = np.arange(FRAMES)
    f = np.arange(BINS)[:, None]
    base = rng.uniform(5, 14)
    bump = lambda centre, width=1.2: np.exp(-((f - centre) ** 2) / (2 * width**2)) * np.ones(FRAMES)  # noqa: E731
    if kind == 0:
        s = bump(base + 4 * np.sin(t / 2.5 + rng.uniform(0, 6)))
    elif kind == 1:
        s = bump(base) + bump(base + 5)
    elif kind == 2:
        s = np.where((t + rng.integers(4)) % 4 < 2, 1.0, 0.0) * np.ones((BINS, 1))
    elif kind == 3:
        start = rng.integers(2, FRAMES - 8)
        s = bump(base - (t - start) * 0.5, 2.5) * ((t >= start) & (t < start + 7))
    elif kind == 4:
        s = np.exp(-f / rng.uniform(3, 6)) * np.ones(FRAMES)
    elif kind == 5:
        notes = rng.integers(2, 20, 5).repeat(5)[:FRAMES]
        s = bump(notes)
    elif kind == 6:
        s = bump(base + rng.uniform(0.2, 0.5) * (t - 12))
    else:
        s = np.exp(-(BINS - f) / rng.uniform(4, 9)) * np.ones(FRAMES)
    s = rng.uniform(0.5, 1.0) * s + rng.normal(0, 0.18, (BINS, FRAMES))
    return s.astype(np.float32)


class UrbanSoundDataset(torch.utils.data.Dataset):
    def __init__(self, size, seed):
        rng = np.random.default_rng(seed)
        self.classes = CLASS_NAMES
        self.labels = rng.integers(0, 8, size)
        self.signals = [spectrogram(k, rng) for k in self.labels]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return torch.from_numpy(self.signals[index]).unsqueeze(0), int(self.labels[index])


class CNNNetwork(nn.Module):
    def __init__(self, softmax=False):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.conv2 = nn.Sequential(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.flatten = nn.Flatten()
        self.linear = nn.Linear(16 * 6 * 6, 8)
        self.softmax = nn.Softmax(dim=1) if softmax else None

    def forward(self, input_data):
        x = self.conv1(input_data)
        x = self.conv2(x)
        x = self.flatten(x)
        logits = self.linear(x)
        if self.softmax is None:
            return logits
        return self.softmax(logits)
