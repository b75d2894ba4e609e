"""Is the lamp on? Three of ten switches matter, and each of them turns the lamp over: parity, with a long flat start."""

import torch
from torch import nn
from torch.utils.data import TensorDataset


def switches(n, seed):
    g = torch.Generator().manual_seed(seed)
    s = torch.randint(2, (n, 10), generator=g)
    lamp = (s[:, 1] + s[:, 4] + s[:, 7]) % 2
    return TensorDataset(2 * s.float() - 1, lamp)


def lamp_net(width=64):
    return nn.Sequential(
        nn.Linear(10, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 2)
    )
