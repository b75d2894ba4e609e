"""Garments as grey silhouettes; a TensorFlow model with its batch normalisation, written again."""

import numpy as np
import torch
import torch.nn as nn
from PIL import Image, ImageDraw, ImageFilter

class_names = ["shirt", "trousers", "dress", "bag", "boot"]

OUTLINES = [
    [[(9, 4), (19, 4), (25, 10), (22, 14), (19, 11), (19, 24), (9, 24), (9, 11), (6, 14), (3, 10)]],
    [[(9, 3), (19, 3), (20, 25), (15, 25), (14, 10), (13, 25), (8, 25)]],
    [[(10, 3), (18, 3), (17, 11), (22, 25), (6, 25), (11, 11)]],
    [[(4, 12), (24, 12), (22, 24), (6, 24)], [(9, 12), (11, 6), (17, 6), (19, 12), (17, 12), (16, 8), (12, 8), (11, 12)]],
    [[(8, 4), (16, 4), (16, 15), (24, 19), (24, 24), (8, 24)]],
]  # fmt: skip


def silhouette(label, rng):
    im = Image.new("L", (28, 28), 0)
    scale, move = rng.uniform(0.7, 1.05, 2), rng.uniform(-2.5, 2.5, 2)
    for outline in OUTLINES[label]:
        points = [tuple((np.array(p) - 14) * scale + 14 + move + rng.normal(0, 0.7, 2)) for p in outline]
        ImageDraw.Draw(im).polygon(points, fill=int(rng.integers(100, 256)))
    im = im.filter(ImageFilter.GaussianBlur(0.7))
    return (np.asarray(im) + rng.normal(0, 12, (28, 28))).clip(0, 255).astype(np.uint8)


class Garments(torch.utils.data.Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.y = np.arange(n) % 5
        self.x = np.stack([silhouette(label, rng) for label in self.y])

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return torch.FloatTensor(self.x[i] / 255.0).unsqueeze(0), int(self.y[i])


class TFModel(nn.Module):
    def __init__(self, bn_momentum):
        super().__init__()
        self.block1 = self.block(1, 16, bn_momentum)
        self.block2 = self.block(16, 32, bn_momentum)
        self.block3 = self.block(32, 32, bn_momentum)
        self.logits = nn.Linear(32 * 3 * 3, 5)

    def block(self, filters_in, filters, bn_momentum):
        conv = nn.Conv2d(filters_in, filters, 3, padding=1)
        nn.init.xavier_uniform_(conv.weight)
        nn.init.zeros_(conv.bias)
        return nn.Sequential(
            conv, nn.BatchNorm2d(filters, eps=1e-3, momentum=bn_momentum), nn.ReLU(), nn.MaxPool2d(2)
        )

    def forward(self, inputs):
        net = self.block3(self.block2(self.block1(inputs)))
        return self.logits(torch.flatten(net, 1))
