"""A table in NumPy, as pandas hands it on."""

import numpy as np
from torch import nn
from torch.utils.data import Dataset


def regressor():
    return nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))


class Houses(Dataset):
    def __init__(self, seed, count):
        rng = np.random.default_rng(seed)
        self.features = rng.normal(size=(count, 8))
        self.prices = self.features[:, :1] * 2 + 0.1 * rng.normal(size=(count, 1))

    def __len__(self):
        return len(self.prices)

    def __getitem__(self, index):
        return self.features[index], self.prices[index]
