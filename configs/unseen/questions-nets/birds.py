"""Three birds from their spectrograms: a fixed bank of filters first, then an Inception-like CNN."""

import math

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

BIRDS = ["blackbird", "chiffchaff", "owl"]
SHARES = [0.6, 0.25, 0.15]


def song(rng, bird):
    """Return one log spectrogram [24, 32], bands by frames."""
    f, t = np.mgrid[:24, :32]
    if bird == 0:
        track = rng.uniform(9, 15) + rng.uniform(3, 6) * np.sin(
            2 * np.pi * t / rng.uniform(12, 24) + rng.uniform(0, 6)
        )
        energy = np.exp(-0.5 * ((f - track) / 1.2) ** 2)
    elif bird == 1:
        period = rng.integers(6, 9)
        centre = np.where((t // period) % 2 == 0, rng.uniform(14, 17), rng.uniform(18, 21))
        energy = np.exp(-0.5 * ((f - centre) / 1.2) ** 2) * ((t % period) < period - 2)
    else:
        begin, length = rng.integers(0, 12), rng.integers(10, 18)
        energy = np.exp(-0.5 * ((f - rng.uniform(3, 9)) / 1.2) ** 2) * (t >= begin) * (t < begin + length)
    power = rng.uniform(0.5, 1.5) * energy + 0.25 * rng.exponential(1, (24, 32))
    return np.log(power + 1e-2).astype(np.float32)


class BirdSongs(Dataset):
    classes = tuple(BIRDS)

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.labels = rng.choice(3, n, p=SHARES)
        self.songs = np.stack([song(rng, bird) for bird in self.labels])

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return torch.from_numpy(self.songs[i]).unsqueeze(0), int(self.labels[i])


def filter_bank():
    """Return twelve oriented waves of 5×5 pixels: [12, 1, 5, 5]."""
    axis = torch.arange(-2.0, 3.0)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    window = torch.exp(-(x**2 + y**2) / 4)
    waves = []
    for k in range(6):
        along = x * math.cos(math.pi * k / 6) + y * math.sin(math.pi * k / 6)
        for phase in (0.0, math.pi / 2):
            wave = window * torch.cos(1.4 * along + phase)
            waves.append(wave / wave.abs().sum())
    return torch.stack(waves).unsqueeze(1)


class BasicConv2d(nn.Module):
    def __init__(self, in_planes, out_planes, kernel_size, padding, momentum):
        super().__init__()
        self.conv = nn.Conv2d(in_planes, out_planes, kernel_size=kernel_size, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(out_planes, eps=0.001, momentum=momentum)
        self.relu = nn.ReLU(inplace=False)

    def forward(self, x):
        return self.relu(self.bn(self.conv(x)))


class BirdNet(nn.Module):
    def __init__(self, momentum=0.1):
        super().__init__()
        self.stem = nn.Conv2d(1, 12, 5, padding=2, bias=False)
        self.stem.weight = nn.Parameter(filter_bank(), requires_grad=False)
        self.block1 = BasicConv2d(12, 16, 3, 1, momentum)
        self.branch1 = BasicConv2d(16, 12, 1, 0, momentum)
        self.branch3 = BasicConv2d(16, 12, 3, 1, momentum)
        self.pool = nn.MaxPool2d(2)
        self.last_linear = nn.Linear(24, 3)

    def forward(self, x):
        x = self.pool(self.block1(self.pool(self.stem(x))))
        x = torch.cat([self.branch1(x), self.branch3(x)], 1)
        return self.last_linear(x.amax(dim=(2, 3)))
