"""Cells under the microscope: which pixels belong to a cell."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset


def draw_field(rng, size=40):
    yy, xx = np.mgrid[:size, :size]
    mask = np.zeros((size, size), dtype=bool)
    light = 0.15 + 0.1 * xx / size * rng.random()
    image = np.array(light, dtype=np.float64)
    for _ in range(rng.integers(3, 7)):
        cy, cx = rng.uniform(2, size - 2, 2)
        a, b = rng.uniform(3.5, 6.5, 2)
        tilt = rng.uniform(0, np.pi)
        u = (xx - cx) * np.cos(tilt) + (yy - cy) * np.sin(tilt)
        v = -(xx - cx) * np.sin(tilt) + (yy - cy) * np.cos(tilt)
        cell = (u / a) ** 2 + (v / b) ** 2 < 1
        image[cell] = rng.uniform(0.45, 0.7)
        image[(u / a) ** 2 + (v / b) ** 2 < 0.15] += 0.2
        mask |= cell
    image += rng.normal(0, 0.08, image.shape)
    return image.astype(np.float32), mask.astype(np.float32)


class RandomCrop:
    def __init__(self, size):
        self.size = size

    def __call__(self, *pictures):
        room = pictures[0].shape[-1] - self.size
        top, left = (int(torch.randint(0, room + 1, ())) for _ in range(2))
        cut = tuple(p[..., top : top + self.size, left : left + self.size] for p in pictures)
        return cut if len(cut) > 1 else cut[0]


class CenterCrop:
    def __init__(self, size):
        self.size = size

    def __call__(self, *pictures):
        edge = (pictures[0].shape[-1] - self.size) // 2
        cut = tuple(p[..., edge : edge + self.size, edge : edge + self.size] for p in pictures)
        return cut if len(cut) > 1 else cut[0]


class CellData(Dataset):
    def __init__(self, n, seed, transform=None, target_transform=None, transforms=None):
        rng = np.random.default_rng(seed)
        self.fields = [draw_field(rng) for _ in range(n)]
        self.transform = transform
        self.target_transform = target_transform
        self.transforms = transforms

    def __len__(self):
        return len(self.fields)

    def __getitem__(self, i):
        image, mask = (torch.from_numpy(p).unsqueeze(0) for p in self.fields[i])
        if self.transforms is not None:
            image, mask = self.transforms(image, mask)
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            mask = self.target_transform(mask)
        return image, mask


def double(cin, cout):
    return nn.Sequential(
        nn.Conv2d(cin, cout, 3, padding=1),
        nn.BatchNorm2d(cout),
        nn.ReLU(inplace=True),
        nn.Conv2d(cout, cout, 3, padding=1),
        nn.ReLU(inplace=True),
    )


class TinyUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1 = double(1, 8)
        self.down2 = double(8, 16)
        self.up1 = double(24, 8)
        self.last = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        b = F.interpolate(b, scale_factor=2, mode="nearest")
        return self.last(self.up1(torch.cat([a, b], dim=1)))
