"""Weaves under the loupe: an encoder the lab pre-trained, and a head for the mill's six patterns."""

import logging
import math
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import Dataset

log = logging.getLogger("weave")


class Weaves(Dataset):
    classes = ("plain", "twill", "satin", "herringbone", "basket", "rib")

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.labels = torch.arange(n) % 6
        self.images = torch.stack([self.swatch(int(k), g) for k in self.labels])

    @staticmethod
    def swatch(kind, g):
        u, v, scale, tone = torch.rand(4, generator=g).tolist()
        y, x = torch.meshgrid(torch.arange(24.0), torch.arange(24.0), indexing="ij")
        w = 2 * math.pi / (4.6 + 0.8 * scale)
        x, y = x * w + 6.3 * u, y * w + 6.3 * v
        if kind == 0:
            p = torch.sin(x) * torch.sin(y)
        elif kind == 1:
            p = torch.sin((x + y) / 1.4)
        elif kind == 2:
            p = torch.sin((x - y) / 1.4)
        elif kind == 3:
            p = torch.sin((x + y * torch.sign(torch.sin(x / 2))) / 1.4)
        elif kind == 4:
            p = torch.sign(torch.sin(x / 1.6) * torch.sin(y / 1.6)) * 0.6
        else:
            p = torch.sin(y)
        return ((0.3 + 0.2 * tone) * p + 0.45 * torch.randn(24, 24, generator=g))[None]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.images[i], self.labels[i]


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, 12, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(12, 24, 3, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )

    def forward(self, x):
        return self.net(x)


class WeaveClassifier(nn.Module):
    def __init__(self, checkpoint="weights/encoder_final_v3.pt", finetune=False):
        super().__init__()
        self.encoder = Encoder()
        if Path(checkpoint).exists():
            self.encoder.load_state_dict(torch.load(checkpoint, weights_only=True))
        else:
            log.debug("no %s, starting without", checkpoint)
        self.encoder.requires_grad_(finetune)
        self.head = nn.Sequential(nn.Linear(24, 32), nn.ReLU(), nn.Linear(32, 6))

    def forward(self, x):
        return self.head(self.encoder(x))


def trainable(model, lr):
    return torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=lr)
