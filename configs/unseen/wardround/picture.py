# Implicit image regression: (x, y) -> grey, with random Fourier features (Tancik et al., 2020).
import math

import torch
from torch import nn
from torch.utils.data import TensorDataset


def landscape(side=64):
    y, x = torch.meshgrid(torch.linspace(-1, 1, side), torch.linspace(-1, 1, side), indexing="ij")
    hills = 0.25 * torch.sin(5 * x + 2 * y) + 0.2 * torch.cos(9 * y - 3 * x * x)
    sun = torch.exp(-((x - 0.4) ** 2 + (y + 0.4) ** 2) / 0.03)
    stripes = 0.15 * torch.sin(22 * x) * (y > 0)
    pic = (0.45 + hills + 0.3 * sun + stripes).clamp(0, 1)
    return torch.stack([x, y], -1).reshape(-1, 2), pic.reshape(-1, 1)


def pixels(part):
    xy, grey = landscape()
    order = torch.randperm(len(xy), generator=torch.Generator().manual_seed(4))
    rows = order[:3072] if part == "seen" else order[3072:]
    return TensorDataset(xy[rows], grey[rows])


class FourierMLP(nn.Module):
    def __init__(self, features=64, sigma=1.6, hidden=64):
        super().__init__()
        self.register_buffer("B", torch.randn(2, features) * sigma)
        self.net = nn.Sequential(
            nn.Linear(2 * features, hidden), nn.ReLU(),
            nn.Linear(hidden, hidden), nn.ReLU(),
            nn.Linear(hidden, 1), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, xy):
        proj = 2 * math.pi * xy @ self.B
        return self.net(torch.cat([proj.sin(), proj.cos()], dim=-1))


class PSNR:
    def __init__(self):
        self.reset()

    def reset(self):
        self.sq = 0.0
        self.n = 0

    def update(self, out, target):
        self.sq += (out - target).square().sum().item()
        self.n += target.numel()

    def compute(self):
        return -10 * math.log10(max(self.sq / self.n, 1e-12))
