"""A variational autoencoder of short waves with known noise; all of its loss comes from the step."""

import math

import torch
from torch import nn
from torch.utils.data import TensorDataset

NOISE = 0.2


def waves(n, seed):
    g = torch.Generator().manual_seed(seed)
    amp = 0.5 + torch.rand(n, 1, generator=g)
    phase = math.pi * torch.rand(n, 1, generator=g)
    slope = 0.5 * torch.randn(n, 1, generator=g)
    t = torch.linspace(0, 1, 32)
    clean = amp * torch.sin(2 * math.pi * t + phase) + slope * t
    return TensorDataset(clean + NOISE * torch.randn(n, 32, generator=g))


class WaveVAE(nn.Module):
    def __init__(self, latent=6):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(32, 64), nn.Tanh(), nn.Linear(64, 2 * latent))
        self.dec = nn.Sequential(nn.Linear(latent, 64), nn.Tanh(), nn.Linear(64, 32))

    def forward(self, x):
        mu, logvar = self.enc(x).chunk(2, dim=1)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar) if self.training else mu
        return self.dec(z), mu, logvar


def elbo(model, batch, loss):
    (x,) = batch
    recon, mu, logvar = model(x)
    rec = loss(recon, x) / (2 * NOISE**2)
    kl = 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum(1).mean() / x.shape[1]
    return {"loss": rec + kl, "penalty": kl}
