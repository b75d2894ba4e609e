"""How heavy is the truck? Deep sets over the parcels in it, of which there is any number up to twelve."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

MOST = 12


class Trucks(Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.counts = rng.integers(3, MOST + 1, n)
        self.parcels = rng.uniform(0, 1, (n, MOST, 4)).astype(np.float32)
        present = np.arange(MOST) < self.counts[:, None]
        length, width, height, filling = np.moveaxis(self.parcels, 2, 0)
        weight = (0.5 + 3 * filling**2) * (0.3 + length) * (0.3 + width) * (0.3 + height)
        self.y = ((weight * present).sum(1) - 6.3) / 3.0
        self.parcels *= present[..., None]

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.parcels[i], np.float32(self.y[i])


class DeepSets(nn.Module):
    def __init__(self, dim=48):
        super().__init__()
        self.phi = nn.Sequential(nn.Linear(5, dim), nn.ReLU(), nn.Linear(dim, dim), nn.ReLU())
        self.rho = nn.Sequential(nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, 1))

    def forward(self, x):
        here = (x.abs().sum(-1, keepdim=True) > 0).float()
        h = self.phi(torch.cat([x, here], -1)) * here
        return self.rho(h.sum(1) / 6).reshape(-1)
