"""How the electric load of a town differs from its mean in the next six hours, from the last two days."""

import numpy as np
import torch
from torch import nn

HOURS_BACK, HOURS_AHEAD = 48, 6


def make_series(days, seed):
    g = np.random.default_rng(seed)
    h = np.arange(24 * days)
    weather = np.zeros(len(h))
    for i in range(1, len(h)):
        weather[i] = 0.98 * weather[i - 1] + 0.2 * g.standard_normal()
    temperature = 9 + 6 * np.sin(2 * np.pi * (h - 9) / 24) + 3 * weather
    workday = (h // 24) % 7 < 5
    daily = np.sin(2 * np.pi * (h - 7) / 24) + 0.5 * np.sin(4 * np.pi * (h - 6) / 24)
    load = 52 + 9 * daily + 4 * workday * (daily > 0) - 0.6 * temperature + 0.6 * g.standard_normal(len(h))
    return load, temperature


class LoadWindows(torch.utils.data.Dataset):
    def __init__(self, days, seed):
        load, temperature = make_series(days, seed)
        self.load = ((load - 48.0) / 9.0).astype(np.float32)
        self.temperature = ((temperature - 9.0) / 5.5).astype(np.float32)

    def __len__(self):
        return (len(self.load) - HOURS_BACK - HOURS_AHEAD) // 3

    def __getitem__(self, k):
        a = 3 * k
        b = a + HOURS_BACK
        x = np.stack([self.load[a:b], self.temperature[a:b]])
        return torch.from_numpy(x), torch.from_numpy(self.load[b : b + HOURS_AHEAD])


def forecaster(hidden=64, relu_everywhere=True):
    layers = [nn.Flatten()]
    sizes = [2 * HOURS_BACK, hidden, hidden // 2, HOURS_AHEAD]
    for i in range(3):
        layers.append(nn.Linear(sizes[i], sizes[i + 1]))
        if relu_everywhere or i < 2:
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)
