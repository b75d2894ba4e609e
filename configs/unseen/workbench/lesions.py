"""Dermoscopy triage: nevus, melanoma or keratosis from a small colour picture. Pictures are kept as bytes."""

import math

import torch
from torch import nn
from torch.utils.data import Dataset, WeightedRandomSampler

SIDE = 32


def draw(kind, g):
    """One picture [3, SIDE, SIDE] of bytes."""
    y, x = torch.meshgrid(torch.arange(SIDE) + 0.0, torch.arange(SIDE) + 0.0, indexing="ij")
    cx, cy = 16 + 2.5 * torch.randn(2, generator=g)
    angle = torch.atan2(y - cy, x - cx)
    radius = ((x - cx) ** 2 + (y - cy) ** 2).sqrt()
    size = 7 + 3 * torch.rand(1, generator=g)
    phase = 2 * math.pi * torch.rand(3, generator=g)
    rough = {0: 0.05, 1: 0.22, 2: 0.08}[kind]
    border = size * (1 + rough * (torch.sin(3 * angle + phase[0]) + torch.sin(5 * angle + phase[1])))
    inside = torch.sigmoid((border - radius) * 1.5)
    skin = torch.tensor([215.0, 175.0, 150.0]) + 12 * torch.randn(3, generator=g)
    mole = torch.tensor([130.0, 85.0, 60.0]) + 12 * torch.randn(3, generator=g)
    tone = mole.view(3, 1, 1).expand(3, SIDE, SIDE).clone()
    if kind == 1:  # a second, darker pigment on one side
        side = torch.sigmoid(torch.cos(angle + phase[2]) * 4)
        tone -= 45 * side
    if kind == 2:  # a coarse, scaly surface
        scales = nn.functional.interpolate(torch.randn(1, 1, 11, 11, generator=g), SIDE, mode="bilinear")
        tone += 32 * scales[0]
    picture = skin.view(3, 1, 1) * (1 - inside) + tone * inside
    picture += 9 * torch.randn(3, SIDE, SIDE, generator=g)
    return picture.clamp(0, 255).to(torch.uint8)


class Lesions(Dataset):
    classes = ("nevus", "melanoma", "keratosis")

    def __init__(self, n, seed, augment=False):
        g = torch.Generator().manual_seed(seed)
        self.labels = torch.multinomial(torch.tensor([0.6, 0.2, 0.2]), n, replacement=True, generator=g)
        self.pictures = torch.stack([draw(int(kind), g) for kind in self.labels])
        self.augment = augment

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        picture = self.pictures[index]
        if self.augment:
            if torch.rand(()) < 0.5:
                picture = picture.flip(-1)
            picture = torch.rot90(picture, int(torch.randint(4, ())), (1, 2))
            gain = 0.85 + 0.3 * torch.rand(())
            picture = (picture * gain).clamp(0, 255).to(torch.uint8)
        return picture, int(self.labels[index])


def balanced(dataset):
    """Draw every class equally often."""
    counts = torch.bincount(dataset.labels)
    return WeightedRandomSampler(1.0 / counts[dataset.labels], num_samples=len(dataset))


def block(inner, outer):
    return nn.Sequential(
        nn.Conv2d(inner, outer, 3, padding=1, bias=False),
        nn.BatchNorm2d(outer),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
    )


class LesionNet(nn.Module):
    def __init__(self, width=16, classes=3):
        super().__init__()
        self.register_buffer("mean", torch.tensor([180.0, 140.0, 115.0]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([45.0, 45.0, 45.0]).view(1, 3, 1, 1))
        self.features = nn.Sequential(block(3, width), block(width, 2 * width), block(2 * width, 4 * width))
        self.head = nn.Linear(4 * width, classes)

    def forward(self, pictures):
        x = (pictures.float() - self.mean) / self.std
        return self.head(self.features(x).mean((2, 3)))
