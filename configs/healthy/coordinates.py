"""One picture as a function of position, learnt by heart by a network of sines."""

import math

import torch
from torch import nn
from torch.utils.data import TensorDataset


def picture(side=24):
    """Positions in [-1, 1] and the grey value there, one sample a pixel."""
    line = torch.linspace(-1, 1, side)
    y, x = torch.meshgrid(line, line, indexing="ij")
    grey = torch.sin(6 * x * y) + 0.5 * torch.cos(9 * (x**2 + y**2)) + (x > 0.3).float()
    return TensorDataset(torch.stack([x, y], -1).reshape(-1, 2), grey.reshape(-1, 1))


class Sine(nn.Module):
    def __init__(self, inputs, outputs, frequency=1.0, first=False):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        bound = 1 / inputs if first else math.sqrt(6 / inputs) / frequency
        nn.init.uniform_(self.linear.weight, -bound, bound)
        self.frequency = frequency

    def forward(self, x):
        return torch.sin(self.frequency * self.linear(x))


def siren(width=48, frequency=15.0):
    return nn.Sequential(
        Sine(2, width, frequency, first=True),
        Sine(width, width, frequency),
        Sine(width, width, frequency),
        nn.Linear(width, 1),
    )
