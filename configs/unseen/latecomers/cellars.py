"""Grape variety from a chemical analysis of the wine; was a scikit-learn notebook."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset

GRAPES = 4
SAMPLES, FEATURES = 1200, 11


def load_wine():
    rng = np.random.RandomState(1855)
    y = rng.randint(0, GRAPES, SAMPLES)
    centres = rng.randn(GRAPES, 4) * 2.8
    hidden = centres[y] + rng.randn(SAMPLES, 4)
    X = np.tanh(hidden @ rng.randn(4, FEATURES) * 0.5) + 0.25 * rng.randn(SAMPLES, FEATURES)
    X = X * rng.uniform(0.5, 20, FEATURES) + rng.uniform(5, 100, FEATURES)
    return X, y


def scaled(X, train_rows):
    return (X - X[train_rows].mean(0)) / X[train_rows].std(0)


def to_dataset(X, y):
    return TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.long))


def split_pairs(part, test_size=0.25, random_state=0):
    X, y = load_wine()
    order = np.random.RandomState(random_state).permutation(len(X))
    cut = int(len(X) * (1 - test_size))
    X, y = scaled(X, order[:cut])[order], y[order]
    return to_dataset(X[:cut], y[:cut]) if part == "train" else to_dataset(X[cut:], y[cut:])


def split_by_hand(part, test_size=0.25, random_state=0):
    X, y = load_wine()
    order = np.random.RandomState(random_state).permutation(len(X))
    cut = int(len(X) * (1 - test_size))
    X = scaled(X, order[:cut])
    X_train, X_test = X[order[:cut]], X[order[cut:]]
    y_train, y_test = y[order[:cut]], y[cut:]
    return to_dataset(X_train, y_train) if part == "train" else to_dataset(X_test, y_test)


class WineMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(FEATURES, 24)
        self.drop = nn.Dropout(0.1)
        self.output = nn.Linear(24, GRAPES)

    def forward(self, x):
        return self.output(self.drop(torch.tanh(self.hidden(x))))
