"""Predict the logarithm of visits from six features of a day."""

import torch
from torch import nn
from torch.utils.data import TensorDataset


def mlp():
    return nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))


def visits(seed, count):
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(count, 6, generator=generator)
    rate = torch.exp(1.0 + features[:, :3].sum(1) * 0.6)
    counts = torch.poisson(rate, generator=generator)
    return TensorDataset(features, torch.log(counts)[:, None])
