"""Density of two moons by a RealNVP flow."""

import math

import torch
from torch import nn


class TwoMoons(torch.utils.data.Dataset):
    def __init__(self, n, seed, noise=0.2):
        g = torch.Generator().manual_seed(seed)
        angle = math.pi * torch.rand(n, generator=g)
        upper = torch.rand(n, generator=g) < 0.5
        x = torch.where(upper, angle.cos(), 1 - angle.cos()) - 0.5
        y = torch.where(upper, angle.sin(), 0.5 - angle.sin()) - 0.25
        self.points = torch.stack([x, y], 1) * 1.6 + noise * torch.randn(n, 2, generator=g)

    def __len__(self):
        return len(self.points)

    def __getitem__(self, i):
        return self.points[i]


class Coupling(nn.Module):
    def __init__(self, flip, hidden=32):
        super().__init__()
        self.flip = flip
        self.net = nn.Sequential(
            nn.Linear(1, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 2)
        )
        nn.init.zeros_(self.net[-1].weight)
        nn.init.zeros_(self.net[-1].bias)

    def forward(self, x):
        a, b = x.chunk(2, dim=1)
        if self.flip:
            a, b = b, a
        s, t = self.net(a).chunk(2, dim=1)
        s = 2 * torch.tanh(s / 2)
        b = b * s.exp() + t
        z = torch.cat([b, a] if self.flip else [a, b], dim=1)
        return z, s.squeeze(1)


class RealNVP(nn.Module):
    def __init__(self, layers=6):
        super().__init__()
        self.layers = nn.ModuleList([Coupling(flip=i % 2 == 1) for i in range(layers)])

    def forward(self, x):
        log_det = torch.zeros(len(x), device=x.device)
        for layer in self.layers:
            x, d = layer(x)
            log_det = log_det + d
        return x, log_det


class FlowNLL(nn.Module):
    def forward(self, z, log_det):
        log_base = -0.5 * z.square().sum(1) - math.log(2 * math.pi)
        return -(log_base + log_det).mean()


def nll_step(model, batch, loss):
    z, log_det = model(batch)
    return loss(z, log_det)
