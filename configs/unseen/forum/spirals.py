"""Three spirals in the plane; an MLP whose weights are set by hand."""

import math

import torch
from torch import nn
from torch.utils.data import TensorDataset


def spirals(each, seed):
    g = torch.Generator().manual_seed(seed)
    radius = torch.rand(3, each, generator=g)
    angle = 3.5 * radius + 2 * math.pi / 3 * torch.arange(3)[:, None]
    angle = angle + 0.15 * torch.randn(3, each, generator=g)
    points = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=2) * 2
    return TensorDataset(points.reshape(-1, 2), torch.arange(3).repeat_interleave(each))


def set_weights(m):
    if isinstance(m, nn.Linear):
        m.weight.data.fill_(0.01)
        m.bias.data.zero_()


def kaiming_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.kaiming_uniform_(m.weight, nonlinearity="relu")
        m.bias.data.zero_()


def mlp(init, hidden=64):
    net = nn.Sequential(
        nn.Linear(2, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 3)
    )
    return net.apply(init)
