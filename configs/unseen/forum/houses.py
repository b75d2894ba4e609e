"""House prices from a table: area, rooms, year, lot, distance to the centre, coordinates."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset


def table(n, seed):
    rng = np.random.default_rng(seed)
    area = rng.lognormal(4.7, 0.35, n)
    rooms = np.clip(np.round(area / 28 + rng.normal(0, 0.8, n)), 1, 9)
    year = rng.integers(1900, 2021, n)
    lot = rng.lognormal(6.2, 0.5, n)
    centre = rng.gamma(2.0, 3500, n)
    latitude, longitude = rng.normal(48.1, 0.05, n), rng.normal(11.5, 0.08, n)
    age = 2021 - year
    price = 1500 * area * (1 + 0.8 * np.exp(-centre / 4000)) + 6000 * rooms + 45 * lot
    price = price * (1 - 0.004 * np.minimum(age, 70)) + 300_000 * (latitude - 48.1)
    price = price * rng.lognormal(0, 0.08, n)
    return np.stack([area, rooms, year, lot, centre, latitude, longitude], axis=1), price


def houses(split, scale_x=False, scale_y=False):
    x, y = table(1600, seed=21)
    train_x, train_y = x[:1200], y[:1200]
    if scale_x:
        x = (x - train_x.mean(0)) / train_x.std(0)
    if scale_y:
        y = (y - train_y.mean()) / train_y.std()
    rows = slice(0, 1200) if split == "train" else slice(1200, None)
    x = torch.tensor(x[rows], dtype=torch.float32)
    y = torch.tensor(y[rows], dtype=torch.float32).view(-1, 1)
    return TensorDataset(x, y)


def regressor(hidden=64):
    return nn.Sequential(
        nn.Linear(7, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1)
    )
