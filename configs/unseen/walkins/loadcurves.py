"""A variational autoencoder of a household's day: 24 hourly loads."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset


def meter(days, seed):
    g = torch.Generator().manual_seed(seed)
    hour = torch.arange(24.0)
    size, shift, evening = (torch.randn(days, 1, generator=g) for _ in range(3))
    morning_peak = torch.exp(-((hour - 8 - 1.5 * shift) ** 2) / 6)
    evening_peak = torch.exp(-((hour - 19) ** 2) / 8) * (1 + 0.6 * evening)
    base = 0.5 + 0.1 * torch.sin(2 * math.pi * hour / 24)
    load = (1 + 0.25 * size) * (base + morning_peak + evening_peak)
    return load + 0.08 * torch.randn(days, 24, generator=g)


class LoadCurves(Dataset):
    def __init__(self, days, seed):
        reference = meter(3000, 12)  # the training year gives mean and spread to both splits
        self.load = (meter(days, seed) - reference.mean(0)) / reference.std(0)

    def __len__(self):
        return len(self.load)

    def __getitem__(self, day):
        return self.load[day], self.load[day]


class VAE(nn.Module):
    def __init__(self, z_dim=4):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(24, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
        self.mu, self.logvar = nn.Linear(32, z_dim), nn.Linear(32, z_dim)
        self.dec = nn.Sequential(
            nn.Linear(z_dim, 32), nn.ReLU(), nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 24)
        )

    def forward(self, x):
        h = self.enc(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar) if self.training else mu
        return self.dec(z), mu, logvar


def vae_step(model, batch, loss, original_dim=1):
    x, _ = batch
    x_hat, mu, logvar = model(x)
    reconstruction = original_dim * F.mse_loss(x_hat, x)
    kl = (-0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(dim=1)).mean()
    return {"loss": reconstruction + kl, "outputs": x_hat, "targets": x, "penalty": kl}
