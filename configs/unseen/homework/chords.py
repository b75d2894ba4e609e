"""Seminar on music: which of the twelve notes sound in a chord, from its spectrum."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

NOTES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
BINS = 84  # two to the semitone, three octaves and a half


def spectrum(rng, notes):
    bins = np.abs(rng.normal(0, 0.12, BINS))
    for note in notes:
        start = 2 * note + 24 * rng.integers(0, 2)
        for harmonic, strength in ((0, 1.0), (24, 0.6), (38, 0.3)):
            place = start + harmonic
            if place + 1 < BINS:
                bins[place] += strength * rng.uniform(0.6, 1.3)
                bins[place + 1] += strength * rng.uniform(0.0, 0.4)
    return np.log1p(bins)


class ChordDataset(Dataset):
    classes = NOTES

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.samples = []
        for _ in range(n):
            notes = rng.choice(12, size=rng.integers(2, 5), replace=False)
            y = np.zeros(12)
            y[notes] = 1
            self.samples.append((spectrum(rng, notes), y))

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, i):
        x, y = self.samples[i]
        return torch.FloatTensor(x), torch.FloatTensor(y)


class ChordMLP(nn.Module):
    def __init__(self, output_activation):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(BINS, 96), nn.LeakyReLU(0.1), nn.Linear(96, 48), nn.LeakyReLU(0.1), nn.Linear(48, 12)
        )
        self.output_activation = output_activation

    def forward(self, x):
        return self.output_activation(self.net(x))


class MicroF1:
    def __init__(self):
        self.reset()

    def reset(self):
        self.hits = self.found = self.wanted = 0

    def to(self, device):
        return self

    def update(self, outputs, targets):
        guess = outputs > 0.5
        self.hits += int((guess & (targets > 0.5)).sum())
        self.found += int(guess.sum())
        self.wanted += int(targets.sum())

    def compute(self):
        return torch.tensor(2 * self.hits / max(self.found + self.wanted, 1))
