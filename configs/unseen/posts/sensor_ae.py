"""Autoencoder over the readings of twelve machine sensors, later to be used for anomalies."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset


def readings(n, seed):
    mixing = np.random.RandomState(77).randn(3, 12)
    rs = np.random.RandomState(seed)
    state = rs.randn(n, 3)
    values = np.tanh(0.5 * state @ mixing) + 0.05 * rs.randn(n, 12)
    return values * np.array([3, 40, 1, 7, 0.2, 120, 5, 9, 2, 60, 11, 0.7]) + np.arange(12) * 10


class SensorData(Dataset):
    def __init__(self, n, seed):
        reference = readings(4000, 0)
        scaled = (readings(n, seed) - reference.mean(0)) / reference.std(0)
        self.data = torch.tensor(scaled, dtype=torch.float32)

    def __len__(self):
        return self.data.shape[0]

    def __getitem__(self, idx):
        return self.data[idx], self.data[idx]


def build_autoencoder(encoding_dim=3, last_activation="sigmoid"):
    layers = [
        nn.Linear(12, 32),
        nn.ReLU(),
        nn.Linear(32, encoding_dim),
        nn.Linear(encoding_dim, 32),
        nn.ReLU(),
        nn.Linear(32, 12),
    ]
    if last_activation == "sigmoid":
        layers.append(nn.Sigmoid())
    return nn.Sequential(*layers)
