"""The convolutional form of the basic variational autoencoder example, on handwritten digits."""

import torch
from torch import nn
from torch.nn import functional as F


class ConvVAE(nn.Module):
    def __init__(self, zdim=12):
        super().__init__()
        self.enc = nn.Sequential(
            nn.Conv2d(1, 16, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
        )
        self.fc21 = nn.Linear(128, zdim)
        self.fc22 = nn.Linear(128, zdim)
        self.fc3 = nn.Linear(zdim, 128)
        self.dec = nn.Sequential(
            nn.Unflatten(1, (32, 2, 2)),
            nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1),
        )

    def encode(self, x):
        h1 = self.enc(x)
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        if not self.training:
            return mu
        std = torch.exp(0.5 * logvar)
        return mu + torch.randn_like(std) * std

    def decode(self, z):
        return torch.sigmoid(self.dec(F.relu(self.fc3(z))))

    def forward(self, x):
        mu, logvar = self.encode(x)
        return self.decode(self.reparameterize(mu, logvar)), mu, logvar


class VAELoss(nn.Module):
    def __init__(self, reduction):
        super().__init__()
        self.reduction = reduction

    def forward(self, recon_x, x, mu, logvar):
        BCE = F.binary_cross_entropy(recon_x, x, reduction=self.reduction)
        KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
        return BCE, KLD


def train_step(model, batch, loss_function):
    data, _ = batch
    recon_batch, mu, logvar = model(data)
    bce, kld = loss_function(recon_batch, data, mu, logvar)
    if loss_function.reduction == "sum":
        bce, kld = bce / len(data), kld / len(data)
    return {"loss": bce + kld, "outputs": recon_batch, "targets": data, "penalty": kld}
