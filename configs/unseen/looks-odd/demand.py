import math

import numpy as np
import torch
from torch import nn

QUANTILES = (0.1, 0.5, 0.9)


class Demand(torch.utils.data.Dataset):
    """Hourly load of a small town in kilowatt; the thermometer is out one hour in five."""

    def __init__(self, hours, seed):
        rng = np.random.default_rng(seed)
        when = rng.integers(0, 24 * 365, hours)
        hour, day = when % 24, when // 24
        weekend = (day % 7 >= 5).astype(float)
        year = 2 * math.pi * day / 365
        temperature = 10 - 9 * np.cos(year) + 3 * rng.standard_normal(hours)
        mean = (
            4000 + 900 * np.sin(2 * math.pi * (hour - 8) / 24) - 500 * weekend + 60 * np.abs(temperature - 16)
        )
        spread = 80 + 10 * np.abs(hour - 12)
        load = mean + spread * rng.standard_normal(hours)
        missing = rng.random(hours) < 0.2
        daily = 2 * math.pi * hour / 24
        columns = [
            np.sin(daily),
            np.cos(daily),
            np.sin(year),
            np.cos(year),
            weekend,
            np.where(missing, 0.0, (temperature - 10) / 7),
            missing.astype(float),
        ]
        self.x = torch.tensor(np.stack(columns, 1), dtype=torch.float32)
        self.y = torch.tensor(load, dtype=torch.float32)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class QuantileNet(nn.Module):
    """Three quantiles that cannot cross: the lowest, and two steps up from it."""

    def __init__(self, hidden=64, centre=4200.0, scale=800.0):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(7, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 3)
        )
        self.centre, self.scale = centre, scale

    def forward(self, x):
        first, *rises = self.net(x).split(1, dim=1)
        steps = torch.cat([first, *(nn.functional.softplus(rise) for rise in rises)], 1)
        return self.centre + self.scale * steps.cumsum(1)


def pinball(predicted, load):
    error = load.unsqueeze(1) - predicted
    q = predicted.new_tensor(QUANTILES)
    return torch.maximum(q * error, (q - 1) * error).mean()


class Coverage:
    """Share of hours between the outer quantiles; 0.8 is right."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.inside = self.seen = 0

    def update(self, outputs, targets):
        self.inside += int(((targets >= outputs[:, 0]) & (targets <= outputs[:, 2])).sum())
        self.seen += len(targets)

    def compute(self):
        return self.inside / max(self.seen, 1)
