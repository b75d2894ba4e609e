"""An autoencoder learns how the sensors of a wind turbine go together when all is well."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

SENSORS = 24


class NormalOperation(Dataset):
    def __init__(self, hours, seed):
        plant = np.random.RandomState(7)
        W1, W2 = plant.randn(5, 40), plant.randn(40, SENSORS)
        scale, offset = plant.uniform(0.5, 300, SENSORS), plant.uniform(-50, 900, SENSORS)

        def read(n, rng):
            state = rng.uniform(-1, 1, (n, 5))
            clean = np.tanh(0.7 * state @ W1) @ W2 / 4
            return (clean + 0.12 * rng.randn(n, SENSORS)) * scale + offset

        reference = read(4000, np.random.RandomState(8))  # the commissioning run gives the scaler
        X = (read(hours, np.random.RandomState(seed)) - reference.mean(0)) / reference.std(0)
        self.X = torch.from_numpy(X).float()

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        return self.X[i], self.X[i]


class AutoEncoder(nn.Module):
    def __init__(self, sizes=(SENSORS, 64, 6, 64, SENSORS), last_activation=False):
        super().__init__()
        blocks = []
        for k in range(len(sizes) - 1):
            blocks.append(nn.Linear(sizes[k], sizes[k + 1]))
            is_code, is_last = k == len(sizes) // 2 - 1, k == len(sizes) - 2
            if not is_code and (last_activation or not is_last):
                blocks.append(nn.LeakyReLU(0.1) if not is_last else nn.ReLU())
        self.net = nn.Sequential(*blocks)

    def forward(self, x):
        return self.net(x)
