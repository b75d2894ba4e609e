"""Fitting a sine: "the network only gets the upper half of the wave"."""

import math

import torch
from torch import nn
from torch.utils.data import TensorDataset


def wave(n, seed):
    generator = torch.Generator().manual_seed(seed)
    x = (torch.rand(n, 1, generator=generator) * 2 - 1) * math.pi
    return TensorDataset(x, torch.sin(x))


def mlp(out_activation="linear"):
    layers = [nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1)]
    if out_activation == "sigmoid":
        layers.append(nn.Sigmoid())
    return nn.Sequential(*layers)
