"""Three arms of a spiral in the plane, and a dense network that should tell them apart."""

import math

import torch
from torch import nn
from torch.utils.data import TensorDataset


def spirals(per_arm, seed):
    g = torch.Generator().manual_seed(seed)
    points, arms = [], []
    for arm in range(3):
        r = torch.rand(per_arm, generator=g).sqrt()
        angle = 2 * math.pi * arm / 3 + 4.2 * r + 0.12 * torch.randn(per_arm, generator=g)
        points.append(torch.stack([r * angle.cos(), r * angle.sin()], dim=1))
        arms.append(torch.full((per_arm,), arm))
    return TensorDataset(torch.cat(points), torch.cat(arms))


def dense(units_in, units_out, activation=None):
    layer = nn.Linear(units_in, units_out)
    return nn.Sequential(layer, activation()) if activation else layer


def deep(hidden=64):
    return nn.Sequential(dense(2, hidden), dense(hidden, hidden), dense(hidden, hidden), dense(hidden, 3))


def deep_relu(hidden=64):
    return nn.Sequential(
        dense(2, hidden, nn.ReLU),
        dense(hidden, hidden, nn.ReLU),
        dense(hidden, hidden, nn.ReLU),
        dense(hidden, 3),
    )
