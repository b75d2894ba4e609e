"""Which instrument plays the note: a CNN over mel-like spectrograms in decibels."""

import numpy as np
import torch
from torch import nn

INSTRUMENTS = ("piano", "violin", "flute", "clarinet", "bell")
BINS, FRAMES = 32, 24
#            partials' weights, decay per second, vibrato, attack in frames, breath
RECIPES = [
    ((1, 0.6, 0.4, 0.25, 0.15), 3.0, 0.0, 1, 0.01),
    ((1, 0.8, 0.7, 0.6, 0.5), 0.2, 0.6, 5, 0.01),
    ((1, 0.25, 0.08, 0.0, 0.0), 0.2, 0.3, 3, 0.05),
    ((1, 0.0, 0.7, 0.0, 0.5), 0.2, 0.0, 3, 0.02),
    ((0.5, 0.1, 1, 0.1, 0.8), 1.2, 0.0, 1, 0.005),
]


def spectrogram(rng, k):
    weights, decay, vibrato, attack, breath = RECIPES[k]
    base = rng.uniform(3, 8)
    t = np.arange(FRAMES)
    power = np.full((BINS, FRAMES), breath * rng.uniform(0.5, 1.5))
    envelope = np.minimum(1, (t + 1) / attack) * np.exp(-decay * rng.uniform(0.7, 1.3) * t / FRAMES)
    wobble = vibrato * np.sin(2 * np.pi * t / rng.uniform(5, 8))
    for i, weight in enumerate(weights):
        centre = base + 11 * np.log2(i + 1) + wobble
        bump = np.exp(-((np.arange(BINS)[:, None] - centre) ** 2) / 1.2)
        power += weight * rng.uniform(0.6, 1.4) * bump * envelope
    power *= rng.uniform(0.1, 1.0)
    db = 20 * np.log10(power + 1e-3) + rng.normal(0, 8, power.shape)
    return (db + 40) / 20


class NoteSet(torch.utils.data.Dataset):
    classes = INSTRUMENTS

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.y = rng.integers(0, 5, n)
        self.X = np.stack([spectrogram(rng, k) for k in self.y])[:, None]

    def __len__(self):
        return len(self.y)

    def __getitem__(self, item):
        return torch.FloatTensor(self.X[item]), int(self.y[item])


def TimbreNet(channels=8):
    c = channels
    return nn.Sequential(
        nn.Conv2d(1, c, 5, padding=2),
        nn.BatchNorm2d(c),
        nn.ELU(),
        nn.MaxPool2d(2),
        nn.Conv2d(c, 2 * c, 3, padding=1),
        nn.BatchNorm2d(2 * c),
        nn.ELU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(2 * c * (BINS // 4) * (FRAMES // 4), 32),
        nn.ELU(),
        nn.Dropout(0.2),
        nn.Linear(32, len(INSTRUMENTS)),
    )
