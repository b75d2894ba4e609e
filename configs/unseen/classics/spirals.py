"""Two spirals: "it worked with fewer layers, now every unit is zero and the output is one constant"."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset


def two_spirals(n, seed, turns=1.25, noise=0.03):
    rng = np.random.default_rng(seed)
    t = np.sqrt(rng.random(n))
    label = rng.integers(0, 2, n)
    angle = 2 * np.pi * turns * t + np.pi * label
    points = np.stack([t * np.cos(angle), t * np.sin(angle)], axis=1) * 2 + rng.normal(0, noise, (n, 2))
    return TensorDataset(torch.tensor(points, dtype=torch.float32), torch.tensor(label))


def deep_mlp(width=64, depth=4):
    layers = [nn.Linear(2, width), nn.ReLU()]
    for _ in range(depth - 1):
        layers += [nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, 2))
