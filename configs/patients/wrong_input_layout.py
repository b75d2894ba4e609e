"""Colour patches [H, W, C] with one of three textures."""

import numpy as np
import torch
from torch import nn


class ColourNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2), nn.BatchNorm2d(16), nn.ReLU(), nn.AdaptiveAvgPool2d(1)
        )
        self.classifier = nn.Linear(16, 3)

    def forward(self, image):
        return self.classifier(self.features(image).flatten(1))


def patches(seed, count):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, count)
    images = rng.normal(size=(count, 32, 32, 3)).astype(np.float32)
    images[..., 0] += labels[:, None, None]
    return [(torch.from_numpy(image), int(label)) for image, label in zip(images, labels, strict=True)]
