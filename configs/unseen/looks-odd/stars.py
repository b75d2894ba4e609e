"""How many stars does a guest give? One to five, and four is nearer to five than one is (CORAL)."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset

CUTS = torch.tensor([-2.2, -1.3, -0.2, 1.0])


class Stays(Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.x = torch.randn(n, 9, generator=g)
        clean, noise, price = self.x[:, 0], self.x[:, 1], self.x[:, 2]
        liking = 1.2 * clean - 0.8 * F.relu(noise) + 0.9 * torch.tanh(price * clean) + 0.4
        liking = liking + 0.35 * torch.randn(n, generator=g)
        self.stars = (liking[:, None] > CUTS).sum(1)  # 0 for one star

    def __len__(self):
        return len(self.stars)

    def __getitem__(self, i):
        return self.x[i], self.stars[i]


class Coral(nn.Module):
    """One score, four thresholds: the outputs share every weight but their bias."""

    def __init__(self):
        super().__init__()
        self.score = nn.Sequential(
            nn.Linear(9, 48), nn.ReLU(), nn.Linear(48, 24), nn.ReLU(), nn.Linear(24, 1, bias=False)
        )
        self.bias = nn.Parameter(torch.tensor([1.5, 0.5, -0.5, -1.5]))

    def forward(self, x):
        return self.score(x) + self.bias


def coral_loss(logits, stars):
    above = (stars.unsqueeze(1) > torch.arange(4, device=stars.device)).float()
    return F.binary_cross_entropy_with_logits(logits, above)


class MeanStarError:
    def __init__(self):
        self.reset()

    def reset(self):
        self.total = self.n = 0

    def update(self, outputs, targets):
        self.total += float(((outputs > 0).sum(1) - targets).abs().sum())
        self.n += len(targets)

    def compute(self):
        return self.total / max(self.n, 1)
