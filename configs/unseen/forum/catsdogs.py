"""Cat or dog: striped or spotted fur in small colour pictures, one output unit."""

import math

import torch
from torch import nn
from torch.utils.data import Dataset


class Pets(Dataset):
    classes = ("cat", "dog")

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        rows, columns = torch.meshgrid(torch.arange(20.0), torch.arange(20.0), indexing="ij")
        self.images, self.labels = [], []
        for i in range(n):
            angle, phase, period = (torch.rand(3, generator=g) * torch.tensor([math.pi, 6.3, 2.0])).tolist()
            period += 4
            along = rows * math.cos(angle) + columns * math.sin(angle)
            across = columns * math.cos(angle) - rows * math.sin(angle)
            fur = torch.sin(2 * math.pi * along / period + phase)
            if i % 2:
                fur = fur * torch.sin(2 * math.pi * across / period)
            tint = torch.rand(3, 1, 1, generator=g) * 0.3 + 0.3
            image = tint + 0.15 * fur + 0.12 * torch.randn(3, 20, 20, generator=g)
            self.images.append(image.clamp(0, 1) * 2 - 1)
            self.labels.append(torch.tensor([float(i % 2)]))

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index], self.labels[index]


class PetNet(nn.Module):
    def __init__(self, output=None):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(3, 12, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.fc1 = nn.Linear(24 * 25, 32)
        self.fc2 = nn.Linear(32, 1)
        self.output = output

    def forward(self, x):
        x = self.conv(x).flatten(1)
        x = self.fc2(torch.relu(self.fc1(x)))
        return self.output(x)
