"""A small diffusion model of a rolled-up ribbon: it says the noise that was mixed into a point at a random time."""

import math

import torch
from torch import nn
from torch.utils.data import TensorDataset


def ribbon(n, seed):
    g = torch.Generator().manual_seed(seed)
    u = torch.rand(n, generator=g)
    r = 0.3 + 1.5 * u
    a = 3 * math.pi * u
    points = torch.stack([r * torch.cos(a), r * torch.sin(a)], 1)
    return TensorDataset(points + 0.03 * torch.randn(n, 2, generator=g))


class Denoiser(nn.Module):
    def __init__(self, width=96):
        super().__init__()
        self.register_buffer("freqs", 2.0 ** torch.arange(4))
        self.net = nn.Sequential(
            nn.Linear(2 + 8 + 1, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, 2),
        )
        nn.init.zeros_(self.net[-1].weight)

    def forward(self, x, t):
        clock = torch.cat([torch.sin(t * self.freqs), torch.cos(t * self.freqs)], 1)
        return self.net(torch.cat([x, t, clock], 1))


def noise_step(model, batch, mse):
    (x,) = batch
    t = torch.rand(len(x), 1)
    eps = torch.randn_like(x)
    keep = torch.cos(t * math.pi / 2)
    noisy = keep * x + torch.sqrt(1 - keep**2) * eps
    return mse(model(noisy, t), eps)
