"""What is where: the class is the shape and the quadrant it sits in. A tiny vision transformer with AdamW and warm-up."""

import math

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

SHAPES = ("disc", "frame", "plus")


def scene(label, rng, size):
    shape, quadrant = divmod(label, 4)
    y, x = np.mgrid[0:size, 0:size].astype(float)
    half = size / 2
    cx = rng.uniform(3.0, half - 3) + half * (quadrant % 2)
    cy = rng.uniform(3.0, half - 3) + half * (quadrant // 2)
    r = rng.uniform(2.2, 3.2)
    dx, dy = abs(x - cx), abs(y - cy)
    where = (
        np.hypot(dx, dy) < r,
        (np.maximum(dx, dy) < r) & (np.maximum(dx, dy) > r - 1.3),
        ((dx < 0.8) & (dy < r)) | ((dy < 0.8) & (dx < r)),
    )[shape]
    image = rng.normal(0, 0.25, (size, size))
    image[where] += rng.uniform(0.9, 1.4)
    return image


class WhatWhere(Dataset):
    """Images [1, 16, 16] of 12 classes."""

    def __init__(self, n, seed, size=16):
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, 12, n)
        self.images = torch.tensor(
            np.stack([scene(label, rng, size) for label in labels])[:, None], dtype=torch.float32
        )
        self.labels = torch.from_numpy(labels)
        self.classes = [f"{shape} {corner}" for shape in SHAPES for corner in ("nw", "ne", "sw", "se")]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.images[index], self.labels[index]


class Block(nn.Module):
    def __init__(self, dim, heads, batch_first):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=batch_first)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x):
        h = self.norm1(x)
        x = x + self.attention(h, h, h, need_weights=False)[0]
        return x + self.mlp(self.norm2(x))


class ViT(nn.Module):
    def __init__(self, dim=40, depth=2, heads=4, patch=4, num_classes=12, size=16, batch_first=True):
        super().__init__()
        self.patch = patch
        self.embed = nn.Linear(patch * patch, dim)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.randn(1, (size // patch) ** 2 + 1, dim) * 0.02)
        self.blocks = nn.Sequential(*[Block(dim, heads, batch_first) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, num_classes)

    def patchify(self, images):
        n, _, h, w = images.shape
        p = self.patch
        x = images.reshape(n, h // p, p, w // p, p)
        return x.permute(0, 1, 3, 2, 4).reshape(n, (h // p) * (w // p), p * p)

    def tokens(self, images):
        x = self.embed(self.patchify(images))
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], dim=1)
        return x + self.pos_embed

    def forward(self, images):
        x = self.blocks(self.tokens(images))
        return self.head(self.norm(x[:, 0]))


class ViTNoPosition(ViT):
    def tokens(self, images):
        x = self.embed(self.patchify(images))
        return torch.cat([self.cls_token.expand(len(x), -1, -1), x], dim=1)


class ViTClassToken(ViT):
    def forward(self, images):
        x = self.tokens(images)
        cls = x[:, 0]
        self.last_tokens = self.blocks(x)
        return self.head(self.norm(cls))


def warmup_cosine(optimizer, warmup, total):
    """Linear warm-up, then half a cosine to zero; counted in steps."""

    def factor(step):
        if step < warmup:
            return (step + 1) / warmup
        return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warmup) / max(1, total - warmup))))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
