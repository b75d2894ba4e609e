"""Read a round gauge: one number for one small grey picture."""

import math
import random

import torch
from torch import nn
from torch.utils.data import Dataset


class GaugeDataset(Dataset):
    def __init__(self, count, seed):
        rnd = random.Random(seed)
        gen = torch.Generator().manual_seed(seed)
        rows, cols = torch.meshgrid(torch.arange(22.0), torch.arange(22.0), indexing="ij")
        self.pictures, self.readings = [], []
        for _ in range(count):
            reading = rnd.uniform(0.0, 1.0)
            angle = math.radians(225 - 270 * reading)
            cy, cx = 10.5 + rnd.uniform(-1, 1), 10.5 + rnd.uniform(-1, 1)
            dy, dx = rows - cy, cols - cx
            along = dx * math.cos(angle) - dy * math.sin(angle)
            across = dx * math.sin(angle) + dy * math.cos(angle)
            needle = ((across.abs() < 0.9) & (along > -1) & (along < 8)).float()
            rim = ((dx**2 + dy**2).sqrt() - 9.3).abs() < 0.7
            picture = 0.85 - 0.6 * needle - 0.3 * rim.float() + 0.06 * torch.randn(22, 22, generator=gen)
            self.pictures.append(picture.unsqueeze(0))
            self.readings.append(torch.tensor(reading * 4))  # bar

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, item):
        return self.pictures[item], self.readings[item]


class GaugeReader(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn_layers = nn.Sequential(
            nn.Conv2d(1, 12, 5, stride=2, padding=2),
            nn.BatchNorm2d(12),
            nn.ReLU(),
            nn.Conv2d(12, 24, 3, padding=1),
            nn.BatchNorm2d(24),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.linear_layers = nn.Sequential(nn.Linear(24 * 5 * 5, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, x):
        x = self.cnn_layers(x)
        return self.linear_layers(x.view(x.size(0), -1))


class SqueezedReader(GaugeReader):
    def forward(self, x):
        return super().forward(x).squeeze(1)
