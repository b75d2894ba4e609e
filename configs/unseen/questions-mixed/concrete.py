"""Strength of concrete from its recipe: eight columns, one number."""

import numpy as np
import torch
from torch.utils.data import Dataset


def makeTable(n, seed):
    rng = np.random.RandomState(seed)
    X = rng.uniform(0, 1, size=(n, 8))
    cement, slag, ash, water, plast, coarse, fine, age = X.T
    y = 3 * cement + 1.5 * slag + ash - 2.5 * water * (1 - 0.5 * plast) + 2 * np.sqrt(age)
    y = y + 0.3 * coarse * fine + 2 * cement * age + rng.normal(0, 0.15, n)
    return X, (y - 2.9) / 1.45


class ConcreteData(Dataset):
    def __init__(self, n, seed, column=False):
        X, y = makeTable(n, seed)
        self.X = torch.tensor((X - 0.5) / 0.29, dtype=torch.float32)
        self.y = torch.tensor(y, dtype=torch.float32)
        if column:
            self.y = self.y.view(-1, 1)

    def __len__(self):
        return self.X.shape[0]

    def __getitem__(self, i):
        return self.X[i], self.y[i]


def buildModel():
    return torch.nn.Sequential(
        torch.nn.Linear(8, 32),
        torch.nn.ReLU(),
        torch.nn.Linear(32, 16),
        torch.nn.ReLU(),
        torch.nn.Linear(16, 1),
    )
