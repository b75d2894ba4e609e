"""Furniture from point clouds of a room scan: a small PointNet."""

import math

import torch
import torch.nn as nn
from torch.utils.data import Dataset

KINDS = ["crate", "barrel", "cone", "ball", "plank"]
POINTS = 96


def surface(kind, g):
    u, v = torch.rand(POINTS, generator=g), torch.rand(POINTS, generator=g)
    angle = 2 * math.pi * u
    if kind == "crate":
        p = torch.rand(POINTS, 3, generator=g) * 2 - 1
        axis = torch.randint(0, 3, (POINTS,), generator=g)
        p[torch.arange(POINTS), axis] = p[torch.arange(POINTS), axis].sign()
        return p
    if kind == "barrel":
        return torch.stack([angle.cos(), angle.sin(), 2 * v - 1], 1)
    if kind == "cone":
        return torch.stack([v * angle.cos(), v * angle.sin(), 1 - 2 * v], 1)
    if kind == "ball":
        z = 2 * v - 1
        r = (1 - z**2).sqrt()
        return torch.stack([r * angle.cos(), r * angle.sin(), z], 1)
    p = torch.rand(POINTS, 3, generator=g) * 2 - 1
    return p * torch.tensor([1.4, 0.7, 0.15])


class Scans(Dataset):
    classes = KINDS

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.clouds, self.kinds = [], []
        for i in range(n):
            kind = i % len(KINDS)
            cloud = surface(KINDS[kind], g) + 0.03 * torch.randn(POINTS, 3, generator=g)
            turn = 2 * math.pi * torch.rand(1, generator=g).item()
            c, s = math.cos(turn), math.sin(turn)
            cloud = cloud @ torch.tensor([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
            cloud = cloud * (0.6 + 0.8 * torch.rand(1, generator=g))
            place = torch.rand(3, generator=g) * torch.tensor([6.0, 6.0, 2.0])
            self.clouds.append(cloud + place)
            self.kinds.append(kind)

    def __len__(self):
        return len(self.clouds)

    def __getitem__(self, i):
        return self.clouds[i], self.kinds[i]


def centre_cloud(points):
    return points - points.mean(0)


class PointNet(nn.Module):
    def __init__(self, centre="points"):
        super().__init__()
        self.centre = centre
        self.mlp = nn.Sequential(
            nn.Conv1d(3, 48, 1),
            nn.BatchNorm1d(48),
            nn.ReLU(),
            nn.Conv1d(48, 96, 1),
            nn.BatchNorm1d(96),
            nn.ReLU(),
        )
        self.head = nn.Sequential(nn.Linear(96, 48), nn.ReLU(), nn.Linear(48, 5))

    def forward(self, clouds):
        if self.centre == "points":
            clouds = torch.stack([centre_cloud(cloud) for cloud in clouds])
        else:
            clouds = centre_cloud(clouds)
        features = self.mlp(clouds.transpose(1, 2))
        return self.head(features.max(dim=2).values)
