"""Power output from four sensors: "training is perfect, predictions on new data are absurd"."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset


class StandardScaler:
    def fit_transform(self, x):
        self.mean, self.scale = x.mean(axis=0), x.std(axis=0)
        return self.transform(x)

    def transform(self, x):
        return (x - self.mean) / self.scale


def sensors():
    rng = np.random.default_rng(77)
    temperature = rng.uniform(2, 37, 900)
    vacuum = 30 + 0.9 * temperature + rng.normal(0, 6, 900)
    pressure = rng.normal(1013, 6, 900)
    humidity = rng.uniform(30, 100, 900)
    power = 500 - 2.0 * temperature - 0.012 * (temperature - 15) ** 2 - 0.25 * vacuum
    power = power + 0.1 * (pressure - 1013) - 0.15 * humidity + rng.normal(0, 2, 900)
    x = np.stack([temperature, vacuum, pressure, humidity], axis=1)
    return x, ((power - 440) / 20)[:, None]


def tensors(x, y):
    return TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32))


def train_data():
    x, y = sensors()
    return tensors(StandardScaler().fit_transform(x[:700]), y[:700])


def new_data(scaled=False):
    x, y = sensors()
    if scaled:
        scaler = StandardScaler()
        scaler.fit_transform(x[:700])
        return tensors(scaler.transform(x[700:]), y[700:])
    return tensors(x[700:], y[700:])


def net():
    return nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 1))
