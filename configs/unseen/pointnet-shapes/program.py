"""Scanned solids as point clouds: eight kinds of shape told apart by a small PointNet."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset

CLASSES = ("ball", "block", "cylinder", "cone", "ring", "pyramid", "capsule", "spring")
SHELF_MM = 6.0


def sphere(rng, n):
    points = rng.normal(size=(n, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def ball(rng, n):
    return sphere(rng, n)


def block(rng, n):
    points = rng.uniform(-1, 1, size=(n, 3))
    axis = rng.integers(3, size=n)
    points[np.arange(n), axis] = rng.choice([-1.0, 1.0], size=n)
    return points * [0.9, 0.9, 0.7]


def cylinder(rng, n):
    angle, height = rng.uniform(0, 2 * math.pi, n), rng.uniform(-1, 1, n)
    radius = np.ones(n)
    lid = rng.random(n) < 0.3
    radius[lid] = np.sqrt(rng.random(lid.sum()))
    height[lid] = np.sign(height[lid])
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), height], 1) * 0.8


def cone(rng, n):
    angle, down = rng.uniform(0, 2 * math.pi, n), np.sqrt(rng.random(n))
    height = 1 - 2 * down
    base = rng.random(n) < 0.3
    height[base] = -1
    return np.stack([down * np.cos(angle), down * np.sin(angle), height], 1)


def ring(rng, n):
    around, tube = rng.uniform(0, 2 * math.pi, (2, n))
    radius = 0.75 + 0.25 * np.cos(tube)
    return np.stack([radius * np.cos(around), radius * np.sin(around), 0.25 * np.sin(tube)], 1)


def pyramid(rng, n):
    points = block(rng, n) / [0.9, 0.9, 0.7]
    points[:, :2] *= (1 - points[:, 2:]) / 2
    return points


def capsule(rng, n):
    points = sphere(rng, n) * 0.55
    points[:, 2] += np.sign(points[:, 2]) * rng.uniform(0, 0.45, n)
    return points


def spring(rng, n):
    along = rng.uniform(-1, 1, n)
    points = np.stack([np.cos(5 * along), np.sin(5 * along), along], 1) * 0.8
    return points + rng.normal(scale=0.04, size=(n, 3))


SOLIDS = (ball, block, cylinder, cone, ring, pyramid, capsule, spring)


def scan(split, per_class, points, shelves="any"):
    """Scan solids on the shelves of a rack, in millimetres: float32 [N, points, 3] and int64 [N]."""
    rng = np.random.default_rng({"train": 11, "validation": 12}[split])
    clouds, labels = [], []
    for label, solid in enumerate(SOLIDS):
        for _ in range(per_class):
            cloud = solid(rng, points) * rng.uniform(0.85, 1.15, size=3)
            tilt, lean = rng.uniform(-0.2, 0.2, 2)
            cloud = cloud @ _rotation(tilt, 0) @ _rotation(lean, 1)
            cloud = (cloud + rng.normal(scale=0.02, size=cloud.shape)) * rng.uniform(30, 60)
            cloud[:, :2] += rng.normal(scale=5.0, size=2)
            shelf = label if shelves == "by-class" else rng.integers(len(SOLIDS))
            cloud[:, 2] += 150.0 + SHELF_MM * shelf
            clouds.append(cloud)
            labels.append(label)
    return np.asarray(clouds, dtype=np.float32), np.asarray(labels)


def _rotation(angle, axis):
    c, s = math.cos(angle), math.sin(angle)
    turn = np.eye(3)
    i, j = [k for k in range(3) if k != axis]
    turn[i, i], turn[i, j], turn[j, i], turn[j, j] = c, -s, s, c
    return turn


def farthest_points(cloud, count):
    """Return ``count`` points that lie as far from each other as can be."""
    chosen = [0]
    nearest = ((cloud - cloud[0]) ** 2).sum(1)
    while len(chosen) < count:
        chosen.append(int(nearest.argmax()))
        nearest = torch.minimum(nearest, ((cloud - cloud[chosen[-1]]) ** 2).sum(1))
    return cloud[chosen]


class ShapeClouds(Dataset):
    """Clouds [3, points] and their kind; training turns them about the vertical and jitters them.

    ``scale``: "unit" puts each cloud around the origin with radius one, "centre" only around the origin,
    "rack" measures in decimetres from the middle of the rack, "none" leaves the scanner's millimetres.
    ``resample`` thins a dense scan by farthest points.
    """

    classes = CLASSES

    def __init__(
        self,
        split,
        points=64,
        per_class=96,
        scale="unit",
        unit=1.0,
        shelves="any",
        mislabelled=0.0,
        resample=False,
    ):
        self.train = split == "train"
        self.points = points
        self.resample = resample
        dense = 4 * points if resample else points
        clouds, labels = scan(split, per_class if self.train else 40, dense, shelves)
        if self.train and mislabelled:
            rng = np.random.default_rng(21)
            wrong = rng.random(len(labels)) < mislabelled
            labels[wrong] = rng.integers(len(CLASSES), size=wrong.sum())
        self.clouds = torch.as_tensor(clouds, dtype=torch.float32)
        if scale in {"unit", "centre"}:
            self.clouds = self.clouds - self.clouds.mean(dim=1, keepdim=True)
        if scale == "unit":
            self.clouds = self.clouds / self.clouds.norm(dim=2).amax(dim=1)[:, None, None]
        if scale == "rack":
            self.clouds = (self.clouds - torch.tensor([0.0, 0.0, 150 + 3.5 * SHELF_MM])) / 100
        self.clouds = self.clouds / unit
        self.jitter = 0.02 * float(self.clouds.std())
        self.labels = torch.as_tensor(labels).long()

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        cloud = self.clouds[index]
        if self.resample:
            cloud = farthest_points(cloud, self.points)
        if self.train:
            angle = float(torch.rand(())) * 2 * math.pi
            c, s = math.cos(angle), math.sin(angle)
            cloud = cloud @ torch.tensor([[c, s, 0], [-s, c, 0], [0, 0, 1]])
            cloud = cloud + self.jitter * torch.randn_like(cloud)
        return cloud.t().contiguous(), self.labels[index]


class TNet(nn.Module):
    """Predicts a 3×3 alignment, the identity at first."""

    def __init__(self, width=32):
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Conv1d(3, width, 1),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Conv1d(width, 2 * width, 1),
            nn.ReLU(),
        )
        self.out = nn.Linear(2 * width, 9)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x):
        matrix = self.out(self.mlp(x).amax(dim=2)).view(-1, 3, 3)
        return matrix + torch.eye(3, device=x.device)


class PointNet(nn.Module):
    """Shared layers on each point, the maximum over points, and a small head."""

    def __init__(
        self,
        num_classes=8,
        widths=(32, 64, 128),
        hidden=64,
        dropout=0.3,
        norm=False,
        tnet=False,
        init="default",
        functional_dropout=False,
        keep_features=False,
    ):
        super().__init__()
        self.tnet = TNet() if tnet else None
        layers = [nn.BatchNorm1d(3, affine=False)] if norm == "input" else []
        previous = 3
        for width in widths:
            layers.append(nn.Conv1d(previous, width, 1))
            if norm:
                layers.append(nn.BatchNorm1d(width))
            layers.append(nn.ReLU())
            previous = width
        self.point_mlp = nn.Sequential(*layers)
        self.fc1 = nn.Linear(previous, hidden)
        self.fc2 = nn.Linear(hidden, num_classes)
        self.p = dropout
        self.drop = None if functional_dropout else nn.Dropout(dropout)
        self.features = [] if keep_features else None
        if init == "normal":
            self.apply(_init_weights)

    def forward(self, x):
        if self.tnet is not None:
            x = torch.bmm(self.tnet(x), x)
        per_point = self.point_mlp(x)
        if self.features is not None:
            self.features.append(per_point)
        x = per_point.max(dim=2).values
        x = F.relu(self.fc1(x))
        x = F.dropout(x, self.p) if self.drop is None else self.drop(x)
        return self.fc2(x)


def _init_weights(module):
    if isinstance(module, nn.Conv1d | nn.Linear):
        nn.init.normal_(module.weight)
        nn.init.zeros_(module.bias)


class NegativeLogLikelihood(nn.Module):
    """Mean over the batch of minus the log-probability of the right class."""

    def forward(self, logits, labels):
        log_probabilities = F.log_softmax(logits, dim=1)
        return -log_probabilities.gather(1, labels.unsqueeze(1)).mean()


class Accuracy:
    """Share of right answers."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.right, self.seen = 0, 0

    def update(self, outputs, labels):
        self.right += (outputs.argmax(dim=1) == labels).sum().item()
        self.seen += len(labels)

    def compute(self):
        return torch.tensor(self.right / max(self.seen, 1))
