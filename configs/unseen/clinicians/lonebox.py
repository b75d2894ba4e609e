"""Find the one box in a picture: a small convolutional net that regresses centre, width and height."""

import random

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

IMG = 32


def draw(rng):
    img = rng.normal(0.25, 0.06, (3, IMG, IMG)).astype(np.float32)
    w, h = rng.integers(6, 16, 2)
    left, top = rng.integers(0, IMG - w), rng.integers(0, IMG - h)
    colour = rng.uniform(0.5, 1.0, (3, 1, 1))
    img[:, top : top + h, left : left + w] = colour + rng.normal(0, 0.05, (3, h, w))
    return img.clip(0, 1), ((left + w / 2) / IMG, (top + h / 2) / IMG, w / IMG, h / IMG)


class OneBox(Dataset):
    """Pictures [3, 32, 32] and their box (cx, cy, w, h) as shares of the picture's side."""

    def __init__(self, n, seed, flip=False, flip_box=True):
        rng = np.random.default_rng(seed)
        self.items = [draw(rng) for _ in range(n)]
        self.flip = flip
        self.flip_box = flip_box

    def __len__(self):
        return len(self.items)

    def __getitem__(self, idx):
        img, (cx, cy, w, h) = self.items[idx]
        img = torch.from_numpy(img)
        if self.flip and random.random() < 0.5:
            img = torch.flip(img, dims=[2])
            if self.flip_box:
                cx = 1 - cx
        return img, torch.tensor([cx, cy, w, h], dtype=torch.float32)


class ConvLayer(nn.Module):
    def __init__(self, in_channel, out_channel):
        super().__init__()
        self.conv = nn.Conv2d(in_channel, out_channel, kernel_size=3, stride=1, padding=1)
        self.act = nn.ReLU()
        self.pool = nn.MaxPool2d(2, 2)

    def forward(self, x):
        return self.pool(self.act(self.conv(x)))


class BoxFinder(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = ConvLayer(3, 8)
        self.conv2 = ConvLayer(8, 16)
        self.l1 = nn.Linear(8 * 8 * 16, 64)
        self.l2 = nn.Linear(64, 4)
        self.act = nn.ReLU()

    def forward(self, x):
        x = self.conv2(self.conv1(x))
        x = x.view(x.size()[0], -1)
        x = self.act(self.l1(x))
        return self.l2(x)
