"""Tell normal from wheezing and crackling breath in small spectrograms; each recording is also kept in altered copies."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset

CLASSES = ["normal", "wheeze", "crackle"]


def record(rng, label):
    """One spectrogram, 16 bands by 24 frames."""
    bands, frames = np.arange(16)[:, None], np.arange(24)[None, :]
    cycle = 0.5 + 0.5 * np.sin(2 * np.pi * (frames / rng.uniform(14, 22) + rng.uniform()))
    spectrum = rng.uniform(0.8, 1.3) * np.exp(-bands / rng.uniform(3, 5)) * cycle
    if label == 1:
        pitch = rng.uniform(6, 13)
        start, length = rng.integers(0, 12), rng.integers(7, 12)
        spectrum = spectrum + 0.8 * np.exp(-((bands - pitch) ** 2)) * (
            (frames >= start) & (frames < start + length)
        )
    if label == 2:
        for at in rng.integers(1, 23, rng.integers(2, 5)):
            spectrum = spectrum + 0.5 * (frames == at) * (bands > 4)
    return spectrum + rng.normal(0, 0.18, (16, 24))


def altered(rng, spectrum):
    return rng.uniform(0.9, 1.1) * spectrum + rng.normal(0, 0.04, spectrum.shape)


def breaths(part, recordings=700, copies=4, split_first=False):
    rng = np.random.default_rng(2024)
    labels = np.arange(recordings) % 3
    originals = [record(rng, label) for label in labels]
    rows = [
        (altered(rng, originals[i]) if c else originals[i], i)
        for i in range(recordings)
        for c in range(copies)
    ]
    source = np.array([i for _, i in rows])
    if split_first:
        held_out = np.isin(source, rng.permutation(recordings)[: recordings // 5])
    else:
        held_out = np.zeros(len(rows), dtype=bool)
        held_out[rng.permutation(len(rows))[: len(rows) // 5]] = True
    keep = np.flatnonzero(held_out if part == "val" else ~held_out)
    x = torch.tensor(np.stack([rows[k][0] for k in keep]), dtype=torch.float32).unsqueeze(1)
    return TensorDataset((x - 0.25) / 0.4, torch.tensor(labels[source[keep]]))


class LightNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1),
            nn.BatchNorm2d(12),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1),
            nn.BatchNorm2d(24),
            nn.ReLU(inplace=True),
            nn.AdaptiveMaxPool2d(1),
        )
        self.classifier = nn.Sequential(nn.Dropout(0.1), nn.Linear(24, 3))

    def forward(self, x):
        return self.classifier(self.features(x).view(-1, 24))
