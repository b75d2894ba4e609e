"""How much power a roof gives tomorrow and how sure one can be: a mean and a variance from one network."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset


class SolarData(Dataset):
    columns = ("elevation", "cloud", "haze", "temperature", "age")

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        X = rng.uniform(0, 1, (n, 5))
        elevation, cloud, haze, temperature, age = X.T
        power = (
            np.sin(np.pi * elevation / 2) * (1 - 0.75 * cloud**2)
            - 0.15 * haze
            - 0.1 * temperature * elevation
        )
        power *= 1 - 0.2 * age
        spread = 0.01 + 0.12 * cloud * (1 - cloud) * 2
        self.X = (X - 0.5) / 0.29
        self.y = (power + spread * rng.normal(size=n)) / 0.25

    def __len__(self):
        return len(self.y)

    def __getitem__(self, idx):
        return self.X[idx].astype("float32"), self.y[idx : idx + 1].astype("float32")


class MeanAndVariance(nn.Module):
    def __init__(self, positive="relu"):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(5, 50), nn.ReLU(), nn.Linear(50, 50), nn.ReLU())
        self.meanLayer = nn.Linear(50, 1)
        self.varLayer = nn.Linear(50, 1)
        self.positive = nn.ReLU() if positive == "relu" else nn.Softplus()
        self.floor = 0.0 if positive == "relu" else 1e-3

    def forward(self, x):
        h = self.trunk(x)
        return self.meanLayer(h), self.positive(self.varLayer(h)) + self.floor


def gaussianNLL(prediction, target):
    mu, var = prediction
    return (0.5 * torch.log(var) + (target - mu) ** 2 / (2 * var)).mean()


def step(model, batch, loss):
    x, y = batch
    prediction = model(x)
    return {"loss": loss(prediction, y), "outputs": prediction[0], "targets": y}
