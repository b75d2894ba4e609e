"""Sort photographs of leaves by species: a small residual network, written after a book's chapter."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SPECIES = ["abies", "acer", "betula", "cornus", "ilex", "quercus"]
SHAPES = {"abies": (0.25, 0, 0), "acer": (0.8, 5, 0.3), "betula": (0.55, 0, 0), "cornus": (0.8, 3, 0.25)}
SHAPES |= {"ilex": (0.5, 9, 0.2), "quercus": (0.45, 6, 0.4)}  # width, lobes, depth of the lobes


def draw(rng, species):
    width, lobes, depth = SHAPES[species]
    y, x = np.mgrid[-1:1:24j, -1:1:24j] + rng.uniform(-0.1, 0.1, (2, 1, 1))
    turn = rng.uniform(-0.35, 0.35)
    u, v = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    u = u / width
    edge = rng.uniform(0.68, 0.85) * (1 + depth * np.cos(lobes * np.arctan2(v, u)))
    leaf = 1 / (1 + np.exp(12 * (np.hypot(u, v) - edge)))
    light = rng.uniform(0.6, 1.0)
    green = np.array([0.25, 0.6, 0.2])[:, None, None] + rng.normal(0, 0.06, (3, 1, 1))
    return light * (leaf * green + (1 - leaf) * 0.9) + rng.normal(0, 0.05, (3, 24, 24))


class Leaves(torch.utils.data.Dataset):
    classes = SPECIES

    def __init__(self, how_many, seed):
        rng = np.random.default_rng(seed)
        self.y = rng.permutation(np.arange(how_many) % len(SPECIES))
        images = np.stack([draw(rng, SPECIES[label]) for label in self.y])
        self.X = torch.tensor((images - 0.6) / 0.25, dtype=torch.float32)

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        return self.X[i], int(self.y[i])


class Residual(nn.Module):
    def __init__(self, input_channel, output_channel, momentum, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(input_channel, output_channel, kernel_size=3, padding=1, stride=stride)
        self.conv2 = nn.Conv2d(output_channel, output_channel, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(output_channel, momentum=momentum)
        self.bn2 = nn.BatchNorm2d(output_channel, momentum=momentum)
        self.conv3 = (
            nn.Conv2d(input_channel, output_channel, kernel_size=1, stride=stride) if stride > 1 else None
        )

    def forward(self, X):
        Y = F.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        if self.conv3 is not None:
            X = self.conv3(X)
        return F.relu(Y + X)


def get_net(momentum=0.1):
    return nn.Sequential(
        nn.Conv2d(3, 8, kernel_size=5, stride=2, padding=2),
        nn.BatchNorm2d(8, momentum=momentum),
        nn.ReLU(),
        Residual(8, 8, momentum),
        Residual(8, 16, momentum, stride=2),
        Residual(16, 24, momentum, stride=2),
        nn.AdaptiveAvgPool2d((1, 1)),
        nn.Flatten(),
        nn.Linear(24, len(SPECIES)),
    )
