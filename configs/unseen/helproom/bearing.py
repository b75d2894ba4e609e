"""A sparse autoencoder of bearing vibration: windows [64] through 24 code units and back."""

import math

import torch
from torch import nn
from torch.utils.data import Dataset

WINDOW = 64


class Vibration(Dataset):
    """Pairs of a window and itself, each unit variance over the machine."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        t = torch.arange(WINDOW) / WINDOW
        phase = 2 * math.pi * torch.rand(n, 3, 1, generator=g)
        strength = torch.rand(n, 3, 1, generator=g)
        tones = (strength * torch.sin(2 * math.pi * torch.tensor([2.0, 5.0, 9.0])[:, None] * t + phase)).sum(
            1
        )
        self.windows = 1.3 * tones + 0.12 * torch.randn(n, WINDOW, generator=g)

    def __len__(self):
        return len(self.windows)

    def __getitem__(self, i):
        return self.windows[i], self.windows[i]


class SparseAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(WINDOW, 48), nn.ReLU(), nn.Linear(48, 24), nn.ReLU())
        self.decoder = nn.Sequential(nn.Linear(24, 48), nn.ReLU(), nn.Linear(48, WINDOW))

    def forward(self, x):
        self.code = self.encoder(x)
        return self.decoder(self.code)


def ae_step(model, batch, criterion, sparsity=1e-3, reduce="mean"):
    x, target = batch
    rebuilt = model(x)
    l1 = model.code.abs().sum() if reduce == "sum" else model.code.abs().mean()
    return {
        "loss": criterion(rebuilt, target) + sparsity * l1,
        "outputs": rebuilt,
        "targets": target,
        "penalty": sparsity * l1,
    }
