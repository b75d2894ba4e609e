"""Variational autoencoder for Raman-like spectra; the weight of the KL term rises from 0 over the first 250 steps."""

import numpy as np
import torch
from torch import nn

BANDS = 96


def spectra(count, seed):
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 1, BANDS)[None]
    mix = rng.dirichlet([1.0, 1.0, 1.0], count)
    shift = rng.normal(0, 0.03, (count, 1))
    width = rng.uniform(0.02, 0.05, (count, 1))
    y = np.zeros((count, BANDS))
    for part, centres in enumerate([(0.2, 0.55), (0.35, 0.8), (0.5, 0.65)]):
        for c in centres:
            y += 2.5 * mix[:, part : part + 1] * np.exp(-0.5 * ((x - c - shift) / width) ** 2)
    y += rng.normal(0, 0.3, (count, 1)) * (x - 0.5)
    y += rng.normal(0, 0.1, y.shape)
    return torch.utils.data.TensorDataset(torch.tensor(y, dtype=torch.float32))


class SpectrumVAE(nn.Module):
    def __init__(self, latent=6, hidden=96, anneal=250):
        super().__init__()
        self.anneal = anneal
        self.register_buffer("seen", torch.zeros((), dtype=torch.long))
        self.enc = nn.Sequential(nn.Linear(BANDS, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU())
        self.mu, self.logvar = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.dec = nn.Sequential(
            nn.Linear(latent, hidden),
            nn.SiLU(),
            nn.Linear(hidden, hidden),
            nn.SiLU(),
            nn.Linear(hidden, BANDS),
        )

    def forward(self, x):
        h = self.enc(x)
        mu, logvar = self.mu(h), self.logvar(h).clamp(-8, 4)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp() if self.training else mu
        return self.dec(z), mu, logvar


def elbo_step(model, batch, loss):
    (x,) = batch
    recon, mu, logvar = model(x)
    beta = min(1.0, float(model.seen) / model.anneal)
    if model.training:
        model.seen += 1
    nll = loss(recon, x) * BANDS / (2 * 0.1**2)  # Gaussian with the instrument's noise
    kl = 0.5 * (mu.square() + logvar.exp() - 1 - logvar).sum(1).mean()
    return {"loss": nll + beta * kl, "outputs": recon, "targets": x, "penalty": beta * kl}
