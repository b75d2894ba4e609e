"""Wheat yield of a field in kilograms per hectare from its season of vegetation index and weather."""

import torch
from torch import nn
from torch.utils.data import Dataset

WEEKS = 26


class Fields(Dataset):
    """Input [26, 3]: vegetation index, rain in mm, mean temperature in degrees Celsius. Target: kg/ha."""

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        week = torch.arange(WEEKS).float()
        peak = 14 + 1.5 * torch.randn(n, 1, generator=g)
        height = 0.55 + 0.12 * torch.randn(n, 1, generator=g)
        width = 5 + torch.rand(n, 1, generator=g) * 2
        index = (
            0.18
            + height * torch.exp(-(((week - peak) / width) ** 2))
            + 0.03 * torch.randn(n, WEEKS, generator=g)
        )
        rain = 14 * torch.rand(n, 1, generator=g) * torch.empty(n, WEEKS).exponential_(generator=g)
        warm = 6 + 0.6 * week + 2 * torch.randn(n, 1, generator=g) + 1.5 * torch.randn(n, WEEKS, generator=g)
        flowering = torch.exp(-(((week - peak - 2) / 2.0) ** 2))
        drought = (8 - (rain * flowering).sum(1) / flowering.sum(1)).clamp(min=0)
        heat = ((warm * flowering).sum(1) / flowering.sum(1) - 16).clamp(min=0)
        green = (index - 0.18).sum(1)
        tons = 1.5 + 0.95 * green - 0.28 * drought - 0.35 * heat + 0.35 * torch.randn(n, generator=g)
        self.seasons = torch.stack([index, rain, warm], dim=2)
        self.yields = 1000 * tons.clamp(min=0.2)
        self.groups = [f"field-{seed}-{i}" for i in range(n)]

    def __len__(self):
        return len(self.yields)

    def __getitem__(self, i):
        return self.seasons[i], self.yields[i : i + 1]


class SeasonNet(nn.Module):
    """Convolutions over weeks and attention over them; predicts kg/ha."""

    def __init__(self, width=32, unit=1000.0, usual=6000.0):
        super().__init__()
        self.unit, self.usual = unit, usual
        self.norm = nn.BatchNorm1d(3)
        self.conv1 = nn.Conv1d(3, width, 5, padding=2)
        self.conv2 = nn.Conv1d(width, width, 5, padding=2)
        self.attention = nn.Conv1d(width, 4, 1)
        self.head = nn.Sequential(nn.Linear(4 * width, 32), nn.GELU(), nn.Linear(32, 1))

    def forward(self, season):
        x = nn.functional.gelu(self.conv1(self.norm(season.transpose(1, 2))))
        x = nn.functional.gelu(self.conv2(x))
        weights = self.attention(x).softmax(2)
        pooled = torch.einsum("bhw,bcw->bhc", weights, x).flatten(1)
        return self.usual + self.unit * self.head(pooled)


class ScaledHuber(nn.Module):
    """Huber's loss in tons, whatever the unit of the targets."""

    def __init__(self, unit=1000.0, delta=1.0):
        super().__init__()
        self.unit, self.huber = unit, nn.HuberLoss(delta=delta)

    def forward(self, predicted, target):
        return self.huber(predicted / self.unit, target / self.unit)
