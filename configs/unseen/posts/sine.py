"""Approximate a sine over several periods with three dense layers."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset

data_range = 15
frq = 2


def samples(n, myseed):
    rng = np.random.RandomState(myseed)
    x = data_range * rng.rand(n, 1) - data_range / 2
    y = np.sin(frq * x)
    return TensorDataset(torch.from_numpy(x).float(), torch.from_numpy(y).float())


def net(hidden=200, hidden2=100):
    return nn.Sequential(
        nn.Linear(1, hidden), nn.ReLU(), nn.Linear(hidden, hidden2), nn.ReLU(), nn.Linear(hidden2, 1)
    )
