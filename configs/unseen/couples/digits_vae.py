"""A variational autoencoder of small handwritten digits, pixels from -1 to 1."""

import torch
from torch import nn


def to_tanh_range(image):
    return image * 2.0 - 1.0


class VAE(nn.Module):
    def __init__(self, z_dim=8, last="tanh"):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 128), nn.ReLU())
        self.fc_mu = nn.Linear(128, z_dim)
        self.fc_logvar = nn.Linear(128, z_dim)
        self.decoder = nn.Sequential(
            nn.Linear(z_dim, 128),
            nn.ReLU(),
            nn.Linear(128, 64),
            nn.Tanh() if last == "tanh" else nn.Sigmoid(),
        )

    def forward(self, x):
        h = self.encoder(x)
        mu, logvar = self.fc_mu(h), self.fc_logvar(h)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar) if self.training else mu
        return self.decoder(z), mu, logvar


def elbo(model, batch, criterion, kld_per="pixel"):
    x = batch[0].view(-1, 64)
    recon, mu, logvar = model(x)
    mse = criterion(recon, x)
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    if kld_per == "pixel":
        kld = 0.25 * kld / x.numel()
    return {"loss": mse + kld, "outputs": recon, "targets": x, "penalty": kld}
