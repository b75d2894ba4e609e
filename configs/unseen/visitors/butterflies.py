"""Metric learning with proxies: a hundred species, one normalised proxy each, cosine scores times a fixed scale."""

import torch
import torch.nn.functional as F
from torch import nn

SPECIES = 100


def wings(per_species, seed, noise=0.55):
    """Pattern features [64] of butterflies: a species' own pattern, bent by a common nonlinearity, and noise."""
    common = torch.Generator().manual_seed(77)
    style = torch.randn(SPECIES, 16, generator=common)
    mix = torch.randn(16, 64, generator=common) / 4
    g = torch.Generator().manual_seed(seed)
    y = torch.arange(SPECIES).repeat(per_species)
    latent = style[y] + noise * torch.randn(len(y), 16, generator=g)
    x = torch.tanh(1.5 * latent @ mix) + 0.05 * torch.randn(len(y), 64, generator=g)
    return torch.utils.data.TensorDataset(x, y)


class ProxyNet(nn.Module):
    def __init__(self, dim=24, scale=12.0):
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(64, 128), nn.BatchNorm1d(128), nn.PReLU(), nn.Linear(128, dim))
        self.proxies = nn.Parameter(torch.randn(SPECIES, dim))
        self.scale = scale

    def forward(self, x):
        return self.scale * F.normalize(self.embed(x), dim=-1) @ F.normalize(self.proxies, dim=-1).T


def two_speeds(model, lr, proxy_lr):
    return torch.optim.Adam(
        [{"params": model.embed.parameters(), "lr": lr}, {"params": [model.proxies], "lr": proxy_lr}]
    )
