"""A clinic's table of eight columns in their own units: "accuracy stays at the share of the healthy"."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset


def measurements(n=700):
    rng = np.random.default_rng(8)
    age = 21 + rng.gamma(2.0, 6.0, n)
    pregnancies = rng.poisson(age / 11)
    glucose = rng.normal(120, 30, n).clip(45, 200)
    pressure = rng.normal(70, 12, n)
    skin = rng.normal(25, 10, n).clip(5, 60)
    insulin = rng.gamma(1.5, 70.0, n)
    bmi = rng.normal(32, 7, n).clip(18, 60)
    pedigree = rng.gamma(2.0, 0.24, n)
    risk = (glucose - 120) / 30 * 2.6 + (bmi - 32) / 7 * 1.6 + (age - 33) / 9 * 1.1 + (pedigree - 0.48) * 2.5
    outcome = risk - 1.2 + rng.logistic(0, 0.4, n) > 0
    columns = [pregnancies, glucose, pressure, skin, insulin, bmi, pedigree, age]
    return np.stack(columns, axis=1).astype(np.float32), outcome.astype(np.float32)[:, None]


def patients(split, standardize):
    x, y = measurements()
    if standardize:
        x = (x - x[:500].mean(axis=0)) / x[:500].std(axis=0)
    rows = slice(0, 500) if split == "train" else slice(500, None)
    return TensorDataset(torch.from_numpy(x[rows]), torch.from_numpy(y[rows]))


def model():
    return nn.Sequential(
        nn.Linear(8, 12),
        nn.Sigmoid(),
        nn.Linear(12, 8),
        nn.Sigmoid(),
        nn.Linear(8, 1),
        nn.Sigmoid(),
    )
