import math

import torch
from torch import nn


class Moons(torch.utils.data.Dataset):
    """Where a drone hovered, in kilometres from its base: two half-circles some hundred metres wide. No labels."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        angle = math.pi * torch.rand(n, generator=g)
        upper = torch.rand(n, generator=g) < 0.5
        x = torch.where(upper, angle.cos(), 1 - angle.cos())
        y = torch.where(upper, angle.sin(), 0.5 - angle.sin())
        self.xy = 0.1 * (
            torch.stack([x, y], 1) - torch.tensor([0.5, 0.25]) + 0.08 * torch.randn(n, 2, generator=g)
        )

    def __len__(self):
        return len(self.xy)

    def __getitem__(self, i):
        return self.xy[i]


class Coupling(nn.Module):
    def __init__(self, flip, hidden):
        super().__init__()
        self.flip = flip
        self.net = nn.Sequential(nn.Linear(1, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh())
        self.out = nn.Linear(hidden, 2)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x):
        kept, moved = x.flip(1).chunk(2, 1) if self.flip else x.chunk(2, 1)
        s, t = self.out(self.net(kept)).chunk(2, 1)
        s = 2 * torch.tanh(s / 2)
        y = torch.cat([kept, moved * s.exp() + t], 1)
        return (y.flip(1) if self.flip else y), s.squeeze(1)


class RealNVP(nn.Module):
    def __init__(self, layers=6, hidden=40):
        super().__init__()
        self.log_scale = nn.Parameter(torch.full((2,), math.log(15.0)))
        self.couplings = nn.ModuleList(Coupling(i % 2 == 1, hidden) for i in range(layers))

    def forward(self, x):
        """Log density of each point."""
        z, log_det = x * self.log_scale.exp(), self.log_scale.sum()
        for coupling in self.couplings:
            z, s = coupling(z)
            log_det = log_det + s
        return -0.5 * (z**2).sum(1) - math.log(2 * math.pi) + log_det


def nll_step(model, batch, loss):
    return loss(model(batch))


def negative_mean(log_density):
    return -log_density.mean()
