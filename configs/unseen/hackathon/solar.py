"""What will the roof yield over the next hour? An encoder reads the sky camera, a decoder writes the forecast."""

import numpy as np
import torch
from torch import nn

PAST, AHEAD = 16, 6


def days(n, seed):
    r = np.random.default_rng(seed)
    hour = r.uniform(8, 16, (n, 1)) + np.arange(PAST + AHEAD) / 6
    sun = np.sin(np.pi * (hour - 5) / 15)
    cloud = np.zeros((n, PAST + AHEAD))
    for _ in range(4):  # clouds of some width
        at, width = r.uniform(-2, PAST + AHEAD + 2, (n, 1)), r.uniform(0.8, 2.5, (n, 1))
        cloud = np.maximum(
            cloud, r.uniform(0.3, 0.9, (n, 1)) * np.exp(-(((np.arange(PAST + AHEAD) - at) / width) ** 2))
        )
    upwind = np.concatenate(
        [cloud[:, AHEAD:], np.zeros((n, AHEAD))], 1
    )  # seen there an hour before it is here
    power = 4200 * sun * (1 - cloud) + r.normal(0, 60, sun.shape)
    x = np.stack([upwind, sun, power / 4200], 2)[:, :PAST]
    return x.astype("float32"), sun[:, PAST:, None].astype("float32"), power[:, PAST:].astype("float32")


class Roof(torch.utils.data.Dataset):
    def __init__(self, n, seed, unit="kilowatt"):
        self.x, self.sun, self.y = days(n, seed)
        if unit == "kilowatt":
            self.y = self.y / 1000

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return (self.x[i], self.sun[i]), self.y[i]


class Forecaster(nn.Module):
    def __init__(self, hidden=48, keep_graph=True):
        super().__init__()
        self.encoder = nn.GRU(3, hidden, batch_first=True)
        self.decoder = nn.GRU(1, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 1)
        self.keep_graph = keep_graph

    def forward(self, both):
        past, sun_ahead = both
        _, state = self.encoder(past)
        if not self.keep_graph:
            state = repackage(state)
        y, _ = self.decoder(sun_ahead, state)
        return self.out(y).squeeze(-1)


def repackage(state):
    """The state of the last window without its history."""
    return state.detach()
