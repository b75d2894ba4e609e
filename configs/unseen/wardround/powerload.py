"""Power load by quantile regression: three quantiles at once, everything in float64 as pandas hands it over."""

import numpy as np
import torch


class HourlyLoad(torch.utils.data.Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        hour = rng.integers(0, 24, n)
        temp = rng.normal(12, 8, n)
        weekend = rng.random(n) < 2 / 7
        wind = rng.gamma(2.0, 2.0, n)
        base = 3.0 + 1.2 * np.sin((hour - 8) / 24 * 2 * np.pi) - 0.7 * weekend + 0.06 * np.abs(temp - 16)
        spread = 0.15 + 0.35 * ((hour > 15) & (hour < 21)) + 0.02 * wind
        self.y = (base + spread * rng.standard_normal(n))[:, None]
        day = 2 * np.pi * hour / 24
        self.x = np.stack(
            [
                np.sin(day),
                np.cos(day),
                np.sin(2 * day),
                np.cos(2 * day),
                temp / 8 - 1.5,
                weekend * 1.0,
                wind / 4,
            ],
            1,
        )

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class QuantileNet(torch.nn.Module):
    """Median, and a positive step down and up from it, so that the quantiles never cross."""

    def __init__(self, hidden=32):
        super().__init__()
        self.net = torch.nn.Sequential(
            torch.nn.Linear(7, hidden),
            torch.nn.Tanh(),
            torch.nn.Linear(hidden, hidden),
            torch.nn.Tanh(),
            torch.nn.Linear(hidden, 3),
        )
        self.double()

    def forward(self, x):
        mid, low, high = self.net(x).split(1, dim=1)
        step = torch.nn.functional.softplus
        return torch.cat([mid - step(low), mid, mid + step(high)], dim=1)


class Pinball(torch.nn.Module):
    def __init__(self, quantiles=(0.1, 0.5, 0.9)):
        super().__init__()
        self.register_buffer("q", torch.tensor(quantiles, dtype=torch.float64))

    def forward(self, pred, y):
        err = y - pred
        return torch.maximum(self.q * err, (self.q - 1) * err).sum(dim=1).mean()


class Coverage:
    """Share of the targets between the outer quantiles; 0.8 is right."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.inside, self.n = 0, 0

    def update(self, pred, y):
        self.inside += int(((y > pred[:, :1]) & (y < pred[:, 2:])).sum())
        self.n += len(y)

    def compute(self):
        return self.inside / self.n
