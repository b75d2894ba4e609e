"""Which of four birds sings? Half-second calls as log spectrograms [1, 33, 31]."""

import math

import torch
from torch import nn

BIRDS = ("wren", "owl", "cuckoo", "siskin")


def synthesise(kind, g):
    t = torch.arange(1024) / 2048.0
    base = torch.empty(1).uniform_(0.9, 1.1, generator=g)
    if kind == 0:  # rising
        phase = 2 * math.pi * base * (180 * t + 420 * t**2)
    elif kind == 1:  # low and steady
        phase = 2 * math.pi * base * 150 * t
    elif kind == 2:  # two notes
        phase = 2 * math.pi * base * torch.where(t < 0.25, 420 * t, 300 * t)
    else:  # falling
        phase = 2 * math.pi * base * (620 * t - 420 * t**2)
    wave = torch.sin(phase) + 1.1 * torch.randn(1024, generator=g)
    if torch.rand(1, generator=g) < 0.2:  # the recorder's gate closed early
        wave[int(torch.randint(600, 900, (1,), generator=g)) :] = 0
    return wave * torch.empty(1).uniform_(0.3, 1.0, generator=g)


class Calls(torch.utils.data.Dataset):
    classes = BIRDS

    def __init__(self, n, seed, floor=0.0):
        g = torch.Generator().manual_seed(seed)
        self.labels = [i % 4 for i in range(n)]
        self.waves = [synthesise(k, g) for k in self.labels]
        self.window = torch.hann_window(64)
        self.floor = floor

    def __len__(self):
        return len(self.waves)

    def __getitem__(self, i):
        spectrum = torch.stft(
            self.waves[i], 64, hop_length=32, window=self.window, center=False, return_complex=True
        )
        db = 10 * torch.log10(spectrum.abs() ** 2 + self.floor)
        return (db.unsqueeze(0) / 20.0), self.labels[i]


net = lambda: nn.Sequential(  # noqa: E731
    nn.Conv2d(1, 8, 5, stride=2),
    nn.ReLU(),
    nn.Conv2d(8, 16, 3, stride=2),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(16 * 7 * 6, 32),
    nn.ReLU(),
    nn.Linear(32, 4),
)
