"""Flaws in castings on X-ray crops; the network follows the old Keras code."""

import functools

import torch
from torch import nn
from torch.utils.data import Dataset


class Castings(Dataset):
    classes = ("sound", "pore", "crack", "inclusion", "shrinkage")

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.y = torch.arange(n) % 5
        self.x = torch.stack([self.crop(int(k), g) for k in self.y])

    @staticmethod
    def crop(kind, g):
        def rand(low, high):
            return low + (high - low) * torch.rand((), generator=g).item()

        v, u = torch.meshgrid(torch.linspace(-1, 1, 24), torch.linspace(-1, 1, 24), indexing="ij")
        u, v = u - rand(-0.4, 0.4), v - rand(-0.4, 0.4)
        image = rand(0.5, 0.7) + rand(-0.1, 0.1) * u + rand(-0.1, 0.1) * v
        r = (u**2 + v**2).sqrt()
        if kind == 1:
            image = image + 0.25 * (r < rand(0.2, 0.3))
        elif kind == 2:
            a = rand(0, 3.1)
            line = (u * torch.tensor(a).cos() + v * torch.tensor(a).sin()).abs()
            image = image + 0.3 * ((line < 0.07) & (r < 0.7))
        elif kind == 3:
            image = image - 0.3 * (r < rand(0.2, 0.3))
        elif kind == 4:
            for _ in range(7):
                du, dv = rand(-0.4, 0.4), rand(-0.4, 0.4)
                image = image + 0.25 * (((u - du) ** 2 + (v - dv) ** 2) < 0.007)
        image = image + 0.06 * torch.randn(24, 24, generator=g)
        return ((image - 0.62) / 0.13)[None].float()

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class FlawNet(nn.Module):
    def __init__(self, decay=0.99, epsilon=1e-3):
        super().__init__()
        norm = functools.partial(nn.BatchNorm2d, momentum=1 - decay, eps=epsilon)
        layers, before = [], 1
        for width in (12, 24, 32):
            conv = nn.Conv2d(before, width, 3, padding=1, bias=False)
            layers += [conv, norm(width), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
            before = width
        self.features = nn.Sequential(*layers)
        self.logits = nn.Conv2d(32, 5, 3)

    def forward(self, images):
        return self.logits(self.features(images)).flatten(1)
