"""Wind direction and strength of pollution from one window of sensors; the two losses learn their own weights."""

import math

import torch
from torch import nn


class Windows(torch.utils.data.Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        angle = 2 * math.pi * torch.rand(n, generator=g)
        strength = torch.randn(n, generator=g)
        t = torch.linspace(0, 1, 32)
        cos_part = angle.cos()[:, None] * torch.sin(6.283 * 2 * t)
        sin_part = angle.sin()[:, None] * torch.sin(6.283 * 3 * t)
        pulse = strength[:, None] * torch.exp(-((t - 0.5) ** 2) / 0.02)
        x = torch.stack([cos_part + pulse, sin_part - 0.5 * pulse], 1)
        self.x = x + 0.3 * torch.randn(n, 2, 32, generator=g)
        self.wind = torch.stack([angle.cos(), angle.sin()], 1)
        self.sulphur = 2.0e-6 + 3.0e-7 * strength + 3e-8 * torch.randn(n, generator=g)  # kg per cubic metre

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return {"window": self.x[i], "wind": self.wind[i], "sulphur": self.sulphur[i]}


class Station(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv1d(2, 24, 7, padding=3), nn.GELU(), nn.Conv1d(24, 24, 5, stride=2, padding=2), nn.GELU()
        )
        self.squeeze = nn.Sequential(nn.Linear(24, 6), nn.ReLU(), nn.Linear(6, 24), nn.Sigmoid())
        self.wind, self.sulphur = nn.Linear(24 * 16, 2), nn.Linear(24 * 16, 1)
        self.log_variance = nn.Parameter(torch.zeros(2))

    def forward(self, window):
        h = self.conv(window)
        h = (h * self.squeeze(h.mean(2)).unsqueeze(2)).flatten(1)
        return self.wind(h), self.sulphur(h).squeeze(1)


def both(model, batch, loss):
    wind, sulphur = model(batch["window"])
    scaled = (batch["sulphur"] - 2.0e-6) / 3.0e-7
    losses = torch.stack([loss(wind, batch["wind"]), loss(sulphur, scaled)])
    total = 0.5 * (losses * torch.exp(-model.log_variance) + model.log_variance).sum()
    return {"loss": total, "outputs": wind, "targets": batch["wind"]}
