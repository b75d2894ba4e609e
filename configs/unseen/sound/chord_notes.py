"""Which of twelve notes sound together, from a spectrum; each note is there or not."""

import torch
from torch import nn
from torch.utils.data import TensorDataset


def chords(n, seed):
    g = torch.Generator().manual_seed(seed)
    notes = (torch.rand(n, 12, generator=g) < torch.linspace(0.08, 0.3, 12)).float()
    bins = torch.arange(64).float()
    spec = torch.zeros(n, 64)
    for k in range(12):
        loud = notes[:, k] * (0.5 + torch.rand(n, generator=g))
        for h, part in ((1, 1.0), (2, 0.6), (3, 0.3)):
            spec += part * loud[:, None] * torch.exp(-(((bins - (4 + 1.6 * k) * h) / 0.9) ** 2))
    return TensorDataset(torch.log1p(spec + 0.15 * torch.randn(n, 64, generator=g).abs()), notes)


class NoteNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(64, 96),
            nn.BatchNorm1d(96),
            nn.LeakyReLU(),
            nn.Linear(96, 48),
            nn.BatchNorm1d(48),
            nn.LeakyReLU(),
            nn.Linear(48, 12),
        )

    def forward(self, x):
        return self.layers(x)
