"""A variational autoencoder of little round faces."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import Dataset


def face(rng):
    y, x = np.mgrid[:20, :20].astype(float)
    cy, cx, r = rng.uniform(8.5, 10.5), rng.uniform(8.5, 10.5), rng.uniform(6, 8.5)
    img = np.clip(r - np.hypot(y - cy, x - cx) + 0.5, 0, 1) * rng.uniform(0.6, 1.0)
    gap, up = rng.uniform(2, 3.5), rng.uniform(1.5, 3)
    for side in (-1, 1):
        img *= 1 - np.clip(1.6 - np.hypot(y - cy + up, x - cx - side * gap), 0, 1)
    bend = rng.uniform(-0.25, 0.25)
    mouth = cy + 3 - bend * ((x - cx) ** 2 - 4)
    img *= 1 - np.clip(1.3 - abs(y - mouth), 0, 1) * (abs(x - cx) < 3.5)
    return img.astype(np.float32)


class Faces(Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.faces = torch.from_numpy(np.stack([face(rng) for _ in range(n)])).unsqueeze(1)

    def __len__(self):
        return len(self.faces)

    def __getitem__(self, idx):
        return self.faces[idx], 0  # no labels here


class VAE(nn.Module):
    def __init__(self, latent=8):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 12, 4, 2, 1),
            nn.ReLU(),
            nn.Conv2d(12, 24, 4, 2, 1),
            nn.ReLU(),
            nn.Flatten(),
        )
        self.fc_mu = nn.Linear(24 * 5 * 5, latent)
        self.fc_logvar = nn.Linear(24 * 5 * 5, latent)
        self.fc_z = nn.Linear(latent, 24 * 5 * 5)
        self.decoder = nn.Sequential(
            nn.ReLU(),
            nn.ConvTranspose2d(24, 12, 4, 2, 1),
            nn.ReLU(),
            nn.ConvTranspose2d(12, 1, 4, 2, 1),
            nn.Sigmoid(),
        )

    def reparameterize(self, mu, logvar):
        if not self.training:
            return mu
        return mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)

    def forward(self, x):
        h = self.encoder(x)
        mu, logvar = self.fc_mu(h), self.fc_logvar(h)
        z = self.reparameterize(mu, logvar)
        return self.decoder(self.fc_z(z).view(-1, 24, 5, 5)), mu, logvar


def vae_step(model, batch, recon_loss):
    x, _ = batch
    recon, mu, logvar = model(x)
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    if recon_loss.reduction == "sum":
        kld = kld / x.size(0)
        loss = recon_loss(recon, x) / x.size(0) + kld
    else:
        loss = recon_loss(recon, x) + kld
    return {"loss": loss, "outputs": recon, "targets": x, "penalty": kld}
