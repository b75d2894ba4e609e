"""Yearly heat demand of a house in kilowatt hours, from eight numbers of its certificate."""

from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset

MEAN_KWH, SPREAD_KWH = 14000.0, 5200.0


def houses(n, seed, kwh=True):
    r = np.random.default_rng(seed)
    area = r.uniform(60, 240, n)
    year = r.uniform(1920, 2020, n)
    windows = r.uniform(0.1, 0.5, n)
    roof = r.uniform(0, 30, n)  # centimetres of insulation
    people = r.integers(1, 7, n)
    degree_days = r.uniform(2400, 4200, n)
    thermostat = r.uniform(17, 24, n)
    attached = r.integers(0, 3, n)
    loss = (0.45 + 1.1 / (1 + np.exp((year - 1978) / 9))) * (1 + windows) * (0.5 + np.exp(-roof / 7))
    demand = area * loss * degree_days / 3300 * (0.75 + 0.05 * (thermostat - 17)) * (1 - 0.13 * attached)
    demand = 100 * demand + 350 * people + 400 * r.standard_normal(n)
    x = np.stack([area, year, windows, roof, people, degree_days, thermostat, attached], 1)
    low = np.array([60, 1920, 0.1, 0, 1, 2400, 17, 0])
    high = np.array([240, 2020, 0.5, 30, 6, 4200, 24, 2])
    x = 2 * (x - low) / (high - low) - 1
    y = demand if kwh else (demand - MEAN_KWH) / SPREAD_KWH
    return TensorDataset(
        torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32).unsqueeze(1)
    )


class HeatNet(nn.Module):
    """`depth` hidden layers of equal width, so that both are easy to search over."""

    def __init__(self, depth=3, width=32, stack=list):
        super().__init__()
        sizes = [8] + [width] * depth
        self.hidden = stack([nn.Linear(a, b) for a, b in pairwise(sizes)])
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        for layer in self.hidden:
            x = torch.tanh(layer(x))
        return self.out(x)


class HeatNetV2(HeatNet):
    def __init__(self, depth=3, width=32):
        super().__init__(depth, width, nn.ModuleList)
