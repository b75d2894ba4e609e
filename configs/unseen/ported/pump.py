"""State of a pump from sixteen vibration features, by a network of seven dense layers."""

from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset

states = ["normal", "unbalance", "misaligned", "bearing"]


def get_data(n=1600, seed=40):
    rng = np.random.RandomState(seed)
    mix = np.random.RandomState(77)
    centre = mix.randn(4, 2, 16) * 0.9  # every state has two ways to sound
    state = rng.randint(4, size=n)
    way = rng.randint(2, size=n)
    data = centre[state, way] + rng.randn(n, 16) * 0.75
    return TensorDataset(torch.from_numpy(data).float(), torch.from_numpy(state).long())


class Normal001:
    def __call__(self, layer):
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, mean=0.0, std=0.01)
            nn.init.zeros_(layer.bias)


class HeNormal:
    def __call__(self, layer):
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)


class PumpNet(nn.Module):
    def __init__(self, initializer):
        super().__init__()
        sizes = [16, 48, 48, 48, 32, 32, 16]
        layers = []
        for fan_in, fan_out in pairwise(sizes):
            layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
        layers.append(nn.Linear(sizes[-1], len(states)))
        self.layers = nn.Sequential(*layers)
        self.apply(initializer)

    def forward(self, features):
        return self.layers(features)
