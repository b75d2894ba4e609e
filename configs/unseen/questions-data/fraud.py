"""Is a card payment a fraud? One in twenty is."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Subset, TensorDataset, WeightedRandomSampler

N = 4000


def payments():
    rng = np.random.default_rng(2024)
    y = (rng.random(N) < 0.05).astype(int)
    X = rng.normal(0, 1, (N, 12))
    X[:, 0] += 2.0 * y
    X[:, 1] -= 1.8 * y
    X[:, 2] += np.where(y == 1, rng.choice([-2.4, 2.4], N), 0)
    X[:, 3] = X[:, 3] * np.where(y == 1, 2.2, 1)
    X[:, 4] = np.exp(0.5 * X[:, 4]) - 1
    return X, y


def tensors(X, y):
    return TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(y))


def oversampled(split):
    X, y = payments()
    rare = np.flatnonzero(y == 1)
    more = np.random.default_rng(5).choice(rare, size=(y == 0).sum() - len(rare))
    X, y = np.concatenate([X, X[more]]), np.concatenate([y, y[more]])
    order = np.random.default_rng(6).permutation(len(y))
    cut = int(0.8 * len(y))
    rows = order[:cut] if split == "train" else order[cut:]
    return tensors(X[rows], y[rows])


def natural(split):
    X, y = payments()
    order = np.random.default_rng(6).permutation(N)
    cut = int(0.75 * N)
    return Subset(tensors(X, y), order[:cut] if split == "train" else order[cut:])


def balanced(dataset):
    labels = torch.stack([dataset[i][1] for i in range(len(dataset))])
    weights = 1.0 / torch.bincount(labels).double()
    return WeightedRandomSampler(weights[labels], len(labels))


def makeNet():
    return nn.Sequential(
        nn.Linear(12, 32),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(32, 16),
        nn.ReLU(),
        nn.Linear(16, 2),
    )


class BalancedAccuracy:
    def __init__(self):
        self.reset()

    def reset(self):
        self.hit, self.seen = torch.zeros(2), torch.zeros(2)

    def update(self, output, target):
        right = (output.argmax(1) == target).float()
        for k in (0, 1):
            self.hit[k] += right[target == k].sum().cpu()
            self.seen[k] += (target == k).sum().cpu()

    def compute(self):
        return float((self.hit / self.seen.clamp(min=1)).mean())
