"""A world model: noisy pictures of a ball in a box and pushes; it says its own next latent from this one and the push."""

import copy

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset


def seen(place):
    """A row of 24 light cells about the ball in each of two directions."""
    grid = torch.linspace(-1.2, 1.2, 24)
    return torch.exp(-((place.unsqueeze(-1) - grid) ** 2) / 0.02).flatten(-2)


class Walks(Dataset):
    """Four moments of a pushed ball: pictures [4, 48], pushes [3, 2] and where it truly was [4, 2] (for the probe only)."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        place = 2 * torch.rand(n, 2, generator=g) - 1
        self.pushes = 0.6 * torch.rand(n, 3, 2, generator=g) - 0.3
        places = [place]
        for k in range(3):
            places.append((places[-1] + self.pushes[:, k]).clamp(-1, 1))
        self.places = torch.stack(places, 1)
        self.pictures = seen(self.places) + 0.05 * torch.randn(n, 4, 48, generator=g)

    def __len__(self):
        return len(self.places)

    def __getitem__(self, i):
        return {"pictures": self.pictures[i], "pushes": self.pushes[i], "place": self.places[i]}


class World(nn.Module):
    def __init__(self, d=32, keep=0.98):
        super().__init__()
        self.keep = keep
        self.encoder = nn.Sequential(nn.Linear(48, 96), nn.ReLU(), nn.Linear(96, d), nn.LayerNorm(d))
        self.teacher = copy.deepcopy(self.encoder).requires_grad_(False)
        self.dynamics = nn.Sequential(nn.Linear(d + 2, 96), nn.ReLU(), nn.Linear(96, d))
        self.probe = nn.Sequential(nn.Linear(d, 64), nn.ReLU(), nn.Linear(64, 2))

    def forward(self, picture, pushes):
        z, imagined = self.encoder(picture), []
        for push in pushes.unbind(1):
            z = F.layer_norm(z + self.dynamics(torch.cat([z, push], 1)), z.shape[1:])
            imagined.append(z)
        return torch.stack(imagined, 1)

    @torch.no_grad()
    def follow(self):
        for slow, fast in zip(self.teacher.parameters(), self.encoder.parameters(), strict=True):
            slow.lerp_(fast, 1 - self.keep)


def imagine(model, batch, loss):
    if model.training:
        model.follow()
    pictures, places = batch["pictures"], batch["place"][:, 1:]
    imagined = model(pictures[:, 0], batch["pushes"])
    with torch.no_grad():
        later = model.teacher(pictures[:, 1:])
    consistency = F.mse_loss(imagined, later)
    guess = model.probe(imagined.detach())
    return {"loss": consistency + loss(guess, places), "outputs": guess, "targets": places}
