"""A conditional neural process: a few readings of a curve, how it goes on elsewhere, with its own doubt."""

import math

import torch
from torch import nn
from torch.utils.data import Dataset


class Curves(Dataset):
    def __init__(self, n, seed, readings=24):
        g = torch.Generator().manual_seed(seed)
        a = 0.5 + 1.5 * torch.rand(n, 1, generator=g)
        phase = math.pi * torch.rand(n, 1, generator=g)
        self.x = 4 * torch.rand(n, readings, generator=g) - 2
        self.y = a * torch.sin(1.5 * self.x + phase) + 0.1 * torch.randn(n, readings, generator=g)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return {"x": self.x[i], "y": self.y[i]}


def cut(samples):
    """Context of 6 to 14 readings, another number for each batch; the rest is asked for."""
    k = int(torch.randint(6, 15, ()))
    x, y = (torch.stack([s[key] for s in samples]).unsqueeze(2) for key in ("x", "y"))
    return {"cx": x[:, :k], "cy": y[:, :k], "tx": x[:, k:], "ty": y[:, k:]}


class CNP(nn.Module):
    def __init__(self, r=64):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(2, r), nn.ReLU(), nn.Linear(r, r), nn.ReLU(), nn.Linear(r, r))
        self.decode = nn.Sequential(
            nn.Linear(r + 1, r), nn.ReLU(), nn.Linear(r, r), nn.ReLU(), nn.Linear(r, 2)
        )

    def forward(self, cx, cy, tx):
        r = self.encode(torch.cat([cx, cy], 2)).mean(1, keepdim=True)
        out = self.decode(torch.cat([r.expand(-1, tx.shape[1], -1), tx], 2))
        mu, raw = out.chunk(2, 2)
        return mu, 0.05 + 0.95 * nn.functional.softplus(raw)


def step(model, batch, loss):
    mu, sigma = model(batch["cx"], batch["cy"], batch["tx"])
    return {"loss": loss(mu, batch["ty"], sigma**2), "outputs": mu, "targets": batch["ty"]}
