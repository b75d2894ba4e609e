"""Where do the hands of a clock end? Regression of three points from a grey image, with a smooth L1 loss."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset


def clock(rng, size):
    """Draw one clock; return the image [size, size] and centre, hour tip and minute tip as (x, y) pixels."""
    y, x = np.mgrid[0:size, 0:size].astype(float)
    centre = size / 2 + rng.uniform(-4, 4, 2)
    image = np.full((size, size), rng.uniform(0.6, 0.9))
    radius = rng.uniform(9, 11)
    image[abs(np.hypot(x - centre[0], y - centre[1]) - radius) < 0.8] = rng.uniform(0.1, 0.4)
    points = [centre]
    for length, thick in ((4.5, 1.3), (8.0, 0.8)):
        angle = rng.uniform(0, 2 * np.pi)
        direction = np.array([np.sin(angle), -np.cos(angle)])
        along = (x - centre[0]) * direction[0] + (y - centre[1]) * direction[1]
        across = abs(-(x - centre[0]) * direction[1] + (y - centre[1]) * direction[0])
        image[(across < thick) & (along > -0.5) & (along < length)] = rng.uniform(0, 0.2)
        points.append(centre + length * direction)
    return image + rng.normal(0, 0.03, image.shape), np.stack(points)


class Clocks(Dataset):
    """Images [1, 28, 28] and six coordinates, from -1 (left, top) to 1."""

    def __init__(self, n, seed, size=28, units="relative", mirror=None, missing=0.0):
        rng = np.random.default_rng(seed)
        drawn = [clock(rng, size) for _ in range(n)]
        images = np.stack([image for image, _ in drawn])[:, None]
        points = np.stack([points for _, points in drawn])
        if units == "relative":
            points = points / (size / 2) - 1
        elif units == "original":  # in pixels of the photograph, 40 times as large
            points = points * 40
        points[rng.random(n) < missing, 1] = np.nan  # covered hour hands
        self.images = torch.tensor((images - 0.7) / 0.2, dtype=torch.float32)
        self.points = torch.tensor(points, dtype=torch.float32)
        self.mirror = mirror

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image, points = self.images[index], self.points[index]
        if self.mirror and torch.rand(()) < 0.5:
            image = image.flip(2)
            if self.mirror == "both":
                points = points * torch.tensor([-1.0, 1.0])
        return image, points.flatten()


class HardSwish(torch.autograd.Function):
    """x * relu6(x + 3) / 6, which keeps only its input for the backward pass."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * F.relu6(x + 3) / 6

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        slope = torch.where(
            x < -3, torch.zeros_like(x), torch.where(x > 3, torch.ones_like(x), (2 * x + 3) / 6)
        )
        return grad * slope


class HardSwishLite(HardSwish):
    """The same with a shorter backward pass."""

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        slope = torch.where(
            x < -3, torch.zeros_like(x), torch.where(x > 3, torch.ones_like(x), (3 - 2 * x) / 6)
        )
        return grad * slope


class Activation(nn.Module):
    def __init__(self, function=HardSwish):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function.apply(x)


class PointNet(nn.Module):
    """Strided convolutions and a dense head; gets two channels of coordinates beside the image (CoordConv)."""

    def __init__(self, width=12, points=3, lite=False, freeze_trunk=False, drop=0.1, relu_out=False):
        super().__init__()
        act = HardSwishLite if lite else HardSwish
        self.trunk = nn.Sequential(
            nn.Conv2d(3, width, 5, stride=2, padding=2),
            Activation(act),
            nn.Conv2d(width, 2 * width, 3, padding=1),
            Activation(act),
            nn.MaxPool2d(2),
            nn.Conv2d(2 * width, 2 * width, 3, padding=1),
            Activation(act),
        )
        self.fc1 = nn.Linear(2 * width * 49, 64)
        self.fc2 = nn.Linear(64, 2 * points)
        self.drop = drop
        self.relu_out = relu_out
        if freeze_trunk:
            self.trunk.requires_grad_(False)

    def forward(self, x):
        line = torch.linspace(-1, 1, x.shape[-1], device=x.device)
        grid = torch.stack(torch.meshgrid(line, line, indexing="ij")).expand(len(x), -1, -1, -1)
        x = self.trunk(torch.cat([x, grid], dim=1)).flatten(1)
        x = F.relu(self.fc1(x))
        x = F.dropout(x, self.drop, training=self.training)
        x = self.fc2(x)
        return F.relu(x) if self.relu_out else x


class PointNetDropout(PointNet):
    """With more dropout in the head."""

    def forward(self, x):
        line = torch.linspace(-1, 1, x.shape[-1], device=x.device)
        grid = torch.stack(torch.meshgrid(line, line, indexing="ij")).expand(len(x), -1, -1, -1)
        x = self.trunk(torch.cat([x, grid], dim=1)).flatten(1)
        x = F.dropout(x, 0.5)
        x = F.relu(self.fc1(x))
        x = F.dropout(x, 0.5)
        return self.fc2(x)
