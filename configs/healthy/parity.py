"""Whether three of sixteen bits add up to an odd number: nothing is learnt until the three are found, then everything."""

import torch
from torch import nn
from torch.utils.data import TensorDataset


def bits(split="train", size=4000, length=16, first=3):
    generator = torch.Generator().manual_seed(21 if split == "train" else 22)
    count = size if split == "train" else size // 4
    x = torch.randint(0, 2, (count, length), generator=generator)
    return TensorDataset(2.0 * x - 1.0, x[:, :first].sum(1) % 2)


def net(length=16, width=128):
    return nn.Sequential(nn.Linear(length, width), nn.ReLU(), nn.Linear(width, 2))
