"""The height of the water from the positions of sun and moon, in centimetres."""

import math

import torch
from torch import nn
from torch.utils.data import TensorDataset


def hours(split="train", size=1500):
    generator = torch.Generator().manual_seed(51 if split == "train" else 52)
    count = size if split == "train" else size // 4
    angles = 2 * math.pi * torch.rand(count, 3, generator=generator)
    height = 60 * angles[:, 0].cos() + 25 * angles[:, 1].cos() + 10 * (2 * angles[:, 2]).sin()
    x = torch.cat([angles.sin(), angles.cos()], 1)
    return TensorDataset(x, (height + 4 * torch.randn(count, generator=generator)).unsqueeze(1))


def net(width=64):
    return nn.Sequential(
        nn.Linear(6, width), nn.GELU(), nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1)
    )
