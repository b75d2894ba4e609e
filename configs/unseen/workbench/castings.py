"""Quality control of castings: sound, pore, crack or scratch from a grey camera picture, on a fixed filter stem."""

import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset

SIDE = 40


def picture(kind, g):
    y, x = torch.meshgrid(torch.arange(SIDE) + 0.0, torch.arange(SIDE) + 0.0, indexing="ij")
    image = 0.55 + 0.10 * torch.randn(1, generator=g) + 0.003 * (x - 20) * torch.randn(1, generator=g)
    image = image + 0.04 * torch.randn(SIDE, SIDE, generator=g)
    cx, cy = 10 + 20 * torch.rand(2, generator=g)
    turn = math.pi * torch.rand(1, generator=g)
    along, across = (
        (x - cx) * turn.cos() + (y - cy) * turn.sin(),
        (y - cy) * turn.cos() - (x - cx) * turn.sin(),
    )
    depth = 0.2 + 0.15 * torch.rand(1, generator=g)
    if kind == 1:  # a dark round pore
        image = image - depth * torch.exp(-((along**2 + across**2) / (6 + 6 * torch.rand(1, generator=g))))
    elif kind == 2:  # a dark wavy crack
        path = 2.2 * torch.sin(along * 0.8 + 6 * torch.rand(1, generator=g))
        image = image - depth * torch.exp(-((across - path) ** 2) / 1.2) * (along.abs() < 10)
    elif kind == 3:  # a bright straight scratch
        image = image + depth * torch.exp(-(across**2) / 1.0) * (along.abs() < 12)
    return image.clamp(0, 1)


class Castings(Dataset):
    classes = ("sound", "pore", "crack", "scratch")

    def __init__(self, n, seed, augment=False):
        g = torch.Generator().manual_seed(seed)
        self.labels = torch.multinomial(torch.tensor([0.4, 0.2, 0.2, 0.2]), n, replacement=True, generator=g)
        self.images = torch.stack([picture(int(kind), g) for kind in self.labels]).unsqueeze(1)
        self.augment = augment

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = self.images[index]
        if self.augment:
            image = torch.rot90(image, int(torch.randint(4, ())), (1, 2))
            image = image + 0.06 * torch.randn(())
        return image, self.labels[index]


def filter_bank():
    """Derivatives of a Gaussian in four directions and a centre-surround one, as in classical inspection [10, 1, 7, 7]."""
    y, x = torch.meshgrid(torch.arange(7) - 3.0, torch.arange(7) - 3.0, indexing="ij")
    bank = []
    for spread in (1.0, 1.8):
        bell = torch.exp(-(x**2 + y**2) / (2 * spread**2))
        for k in range(4):
            u = x * math.cos(k * math.pi / 4) + y * math.sin(k * math.pi / 4)
            ridge = (u**2 / spread**2 - 1) * bell
            bank.append(ridge - ridge.mean())
        blob = ((x**2 + y**2) / (2 * spread**2) - 1) * bell
        bank.append(blob - blob.mean())
    bank = torch.stack(bank).unsqueeze(1)
    return bank / bank.abs().sum((2, 3), keepdim=True)


class Inspector(nn.Module):
    def __init__(self, width=24, classes=4):
        super().__init__()
        self.stem = nn.Conv2d(1, 10, 7, padding=3, bias=False)
        self.stem.weight.data.copy_(filter_bank())
        self.stem.requires_grad_(False)
        self.body = nn.Sequential(
            nn.BatchNorm2d(10),
            nn.Conv2d(10, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(width, 2 * width, 3, padding=1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
        )
        self.head = nn.Linear(2 * width, classes)

    def forward(self, image):
        # the border of a zero-padded filter would look like an edge
        x = F.max_pool2d(self.stem(image)[:, :, 3:-3, 3:-3], 2)
        return self.head(self.body(x).amax((2, 3)))


class HardestHalf(nn.Module):
    """Cross-entropy of the hardest share of a batch; all of it where the caller does not train."""

    def __init__(self, share=0.5):
        super().__init__()
        self.share = share

    def forward(self, logits, labels):
        each = F.cross_entropy(logits, labels, reduction="none")
        if not torch.is_grad_enabled():
            return each.mean()
        return each.topk(max(1, round(self.share * len(each)))).values.mean()
