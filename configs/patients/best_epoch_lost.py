import torch
from torch import nn

from cnndoctor.datasets import digits


def net():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Conv2d(16, 16, 3, padding=1, stride=2, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(256, 10),
    )


def faint(split="train"):
    """Digits under noise that is fixed."""
    data = digits(split)
    generator = torch.Generator().manual_seed(len(data))
    data.images = data.images + 0.25 * torch.randn(data.images.shape, generator=generator)
    return data
