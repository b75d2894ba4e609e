"""A variational auto-encoder of pen gestures: forty numbers of a closed curve, six in the latent space, no labels."""

import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset

POINTS = 20


def gestures(count, seed):
    """Return curves [N, 40]: x and y of twenty points of an ellipse with a wave on it."""
    draw = torch.Generator().manual_seed(seed)

    def uniform(low, high):
        return low + (high - low) * torch.rand(count, 1, generator=draw)

    angle = torch.linspace(0, 2 * math.pi, POINTS + 1)[:-1]
    wide, high, wave, turn = uniform(0.6, 1.8), uniform(0.6, 1.8), uniform(-0.5, 0.5), uniform(0, math.pi)
    swing = 1 + wave * torch.cos(3 * angle)
    x, y = wide * swing * torch.cos(angle), high * swing * torch.sin(angle)
    curve = torch.cat([turn.cos() * x - turn.sin() * y, turn.sin() * x + turn.cos() * y], dim=1)
    return curve + 0.03 * torch.randn(curve.shape, generator=draw)


class Gestures(Dataset):
    """Curves [40] alone.

    Args:
        split: train or validation.
        origin: Where the tablet's zero lies, in pen units.
        spoiled: How many gestures have a point that the tablet did not see, which it reports as infinite.
        keep: Where validation begins in the common file of 2000 gestures.
    """

    def __init__(self, split, origin=0.0, spoiled=0, keep=1600):
        curves = gestures(2000, 61)
        self.curves = (curves[:1600] if split == "train" else curves[keep:]) + origin
        if spoiled and split == "train":
            self.curves[:spoiled, 7] = float("inf")

    def __len__(self):
        return len(self.curves)

    def __getitem__(self, index):
        return self.curves[index]


class GestureVAE(nn.Module):
    """Encoder and decoder of one hidden layer.

    Args:
        latent: Width of the latent space.
        width: Hidden units.
        activation: In the hidden layers.
        reparametrise: Draw with the gradient of mean and spread, not without.
    """

    def __init__(self, latent=6, width=64, activation=nn.LeakyReLU, reparametrise=True):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(2 * POINTS, width), activation(), nn.Linear(width, 2 * latent))
        self.decoder = nn.Sequential(nn.Linear(latent, width), activation(), nn.Linear(width, 2 * POINTS))
        self.reparametrise = reparametrise

    def forward(self, curves):
        mean, log_variance = self.encoder(curves).chunk(2, dim=1)
        latent = mean
        if self.training:
            normal = torch.distributions.Normal(mean, (0.5 * log_variance).exp(), validate_args=False)
            latent = normal.rsample() if self.reparametrise else normal.sample()
        return self.decoder(latent), mean, log_variance


def elbo_step(model, batch, loss, beta=1.0, noise=0.1):
    """Return the negative evidence lower bound in nats a gesture; ``noise`` is the spread of a point around its mean."""
    rebuilt, mean, log_variance = model(batch)
    error = F.mse_loss(rebuilt, batch, reduction="sum") / len(batch) / (2 * noise**2)
    divergence = beta * 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1).mean()
    return {"loss": error + divergence, "outputs": rebuilt, "targets": batch, "penalty": divergence}


def variance_elbo_step(model, batch, loss, noise=0.1):
    """Return the negative evidence lower bound; the encoder's second half is read as a variance."""
    rebuilt, mean, variance = model(batch)
    error = F.mse_loss(rebuilt, batch, reduction="sum") / len(batch) / (2 * noise**2)
    divergence = 0.5 * (mean**2 + variance - 1 - variance.log()).sum(1).mean()
    return {"loss": error + divergence, "outputs": rebuilt, "targets": batch, "penalty": divergence}


def unsigned_elbo_step(model, batch, loss, noise=0.1):
    """Return the evidence lower bound."""
    found = elbo_step(model, batch, loss, noise=noise)
    return {**found, "loss": -found["loss"], "penalty": -found["penalty"]}


class Rebuilt:
    """The share of the curves' variance that is rebuilt; the protocol of torchmetrics."""

    def __init__(self):
        self.reset()

    def to(self, device):
        return self

    def reset(self):
        self.missed = self.spread = 0.0

    def update(self, outputs, targets):
        self.missed += float((outputs - targets).square().sum())
        self.spread += float(targets.square().sum())

    def compute(self):
        return torch.tensor(1 - self.missed / self.spread)
