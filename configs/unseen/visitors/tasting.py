"""Ordinal regression in the manner of CORAL: stars from 1 to 5 for a cheese are four questions, "better than k?"."""

import torch
from torch import nn

STARS = 5


class Tastings(torch.utils.data.Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.x = torch.randn(n, 12, generator=g)
        w = torch.tensor([1.2, -0.8, 0.9, 0.6, -0.5, 0.4, 0.3, 0, 0, 0, 0, 0])
        taste = self.x @ w - 0.35 * self.x[:, 0] * self.x[:, 1] + 0.5 * torch.randn(n, generator=g)
        self.stars = 1 + (taste[:, None] > torch.tensor([-2.2, -0.8, 0.6, 2.0])).sum(1)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        levels = (self.stars[i] > torch.arange(1, STARS)).float()
        return self.x[i], levels


class Coral(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(12, 32), nn.ELU(), nn.Linear(32, 16), nn.ELU())
        self.quality = nn.Linear(16, 1, bias=False)
        self.cut = nn.Parameter(torch.linspace(1.5, -1.5, STARS - 1))

    def forward(self, x):
        return self.quality(self.body(x)) + self.cut


class MeanStarError:
    """Mean distance in stars."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.total, self.count = 0.0, 0

    def update(self, logits, levels):
        self.total += ((logits > 0).sum(1) - levels.sum(1)).abs().sum().item()
        self.count += len(levels)

    def compute(self):
        return torch.tensor(self.total / max(self.count, 1))
