"""When will the courier be here? Three quantiles of the minutes, not one guess."""

import torch
import torch.nn as nn

QUANTILES = (0.1, 0.5, 0.9)


def gamma_two(n, generator):
    """A waiting time of two exponential waits, mean 2."""
    return -torch.rand(n, 2, generator=generator).clamp(min=1e-6).log().sum(1, keepdim=True)


class Deliveries(torch.utils.data.Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        km = torch.rand(n, 1, generator=g) * 12
        hour = torch.randint(8, 21, (n, 1), generator=g).float()
        rain = (torch.rand(n, 1, generator=g) < 0.25).float()
        stops = torch.randint(0, 8, (n, 1), generator=g).float()
        rush = torch.exp(-0.5 * ((hour - 17) / 1.5) ** 2)
        usual = 6 + 2.6 * km * (1 + 0.5 * rush) + 3.5 * stops + 4 * rain
        self.minutes = usual + (1.0 + 0.2 * km + 3 * rain) * gamma_two(n, g)
        self.features = torch.cat([km / 12, (hour - 14) / 6, rain, stops / 8], 1)

    def __len__(self):
        return len(self.minutes)

    def __getitem__(self, i):
        return self.features[i], self.minutes[i]


class QuantileNet(nn.Module):
    """Median and two positive distances to it, so that quantiles cannot cross."""

    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(4, 48)
        self.l2 = nn.Linear(48, 48)
        self.l3 = nn.Linear(48, 3)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        low, mid, high = self.l3(x).unbind(-1)
        mid = 30 + 10 * mid
        soft = nn.functional.softplus
        return torch.stack([mid - 10 * soft(low), mid, mid + 10 * soft(high)], -1)


class PinballLoss(nn.Module):
    def forward(self, predicted, target):
        error = target - predicted
        q = predicted.new_tensor(QUANTILES)
        return torch.maximum(q * error, (q - 1) * error).mean()
