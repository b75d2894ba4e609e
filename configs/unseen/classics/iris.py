"""Three species from four lengths in centimetres: "the loss will not go below 0.8"."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset

MEAN = np.array([[5.0, 3.4, 1.5, 0.25], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.6, 2.05]])
SPREAD = np.array([[0.35, 0.35, 0.17, 0.1], [0.5, 0.3, 0.4, 0.18], [0.6, 0.3, 0.5, 0.24]])


def load(split):
    rng = np.random.default_rng(4)
    species = rng.permutation(np.repeat(np.arange(3), 60))
    size = rng.normal(size=(180, 1))  # a large flower is large in everything
    x = MEAN[species] + SPREAD[species] * (0.7 * size + 0.7 * rng.normal(size=(180, 4)))
    rows = slice(0, 120) if split == "train" else slice(120, None)
    return TensorDataset(torch.tensor(x[rows], dtype=torch.float32), torch.tensor(species[rows]))


class Model(nn.Module):
    def __init__(self, in_features=4, h1=8, h2=9, out_features=3):
        super().__init__()
        self.fc1 = nn.Linear(in_features, h1)
        self.fc2 = nn.Linear(h1, h2)
        self.out = nn.Linear(h2, out_features)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return self.out(x)


class ProbabilityModel(Model):
    def forward(self, x):
        return torch.softmax(super().forward(x), dim=1)
