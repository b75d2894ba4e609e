"""A table of keys and values that is to be learnt by heart."""

import torch
from torch import nn
from torch.utils.data import TensorDataset


def pairs(size=512, values=8):
    generator = torch.Generator().manual_seed(41)
    return TensorDataset(torch.arange(size), torch.randint(0, values, (size,), generator=generator))


def table(size=512, width=32, values=8):
    return nn.Sequential(nn.Embedding(size, width), nn.Linear(width, values))
