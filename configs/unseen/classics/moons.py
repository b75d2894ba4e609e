"""Two half moons: "the cost is 0.6931 at every iteration"."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset


def make_moons(n, seed, noise=0.12):
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, n)
    t = rng.uniform(0, np.pi, n)
    x = np.where(label == 0, np.cos(t), 1 - np.cos(t))
    y = np.where(label == 0, np.sin(t), 0.5 - np.sin(t))
    points = np.stack([x, y], axis=1) + rng.normal(0, noise, (n, 2))
    return TensorDataset(
        torch.tensor(points, dtype=torch.float32), torch.tensor(label[:, None], dtype=torch.float32)
    )


class TwoLayerNet(nn.Module):
    def __init__(self, n_h=16, init="zeros"):
        super().__init__()
        self.W1 = nn.Parameter(torch.zeros(2, n_h))
        self.b1 = nn.Parameter(torch.zeros(n_h))
        self.W2 = nn.Parameter(torch.zeros(n_h, 1))
        self.b2 = nn.Parameter(torch.zeros(1))
        if init == "random":
            nn.init.normal_(self.W1, std=1.0)
            nn.init.normal_(self.W2, std=n_h**-0.5)

    def forward(self, x):
        return torch.tanh(x @ self.W1 + self.b1) @ self.W2 + self.b2
