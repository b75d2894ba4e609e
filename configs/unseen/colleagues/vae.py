"""A small variational autoencoder of 8x8 digits."""

import torch
from torch import nn


class VAE(nn.Module):
    def __init__(self, latent=8, hidden=96):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(64, hidden), nn.ReLU())
        self.mu = nn.Linear(hidden, latent)
        self.logvar = nn.Linear(hidden, latent)
        self.decoder = nn.Sequential(
            nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, 64), nn.Sigmoid()
        )

    def forward(self, x):
        h = self.encoder(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu
        if self.training:
            z = mu + torch.exp(0.5 * logvar) * torch.randn_like(mu)
        return self.decoder(z).view_as(x), mu, logvar


def elbo_step(model, batch, loss):
    x, _ = batch
    recon, mu, logvar = model(x)
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp(), dim=1).mean()
    return {"loss": loss(recon, x) + kld, "outputs": recon, "targets": x, "penalty": kld}


class PixelLoss(nn.Module):
    def __init__(self, sigma=0.05, per_image=False):
        super().__init__()
        self.scale = 1 / (2 * sigma**2)
        self.per_image = per_image

    def forward(self, recon, x):
        error = self.scale * (recon - x).square()
        return error.flatten(1).sum(1).mean() if self.per_image else error.mean()
