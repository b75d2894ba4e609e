import torch
from torch import nn

from cnndoctor.datasets import digits


def net(width=16):
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * width, 10),
    )


def soiled(split="train"):
    """Digits under noise that is fixed."""
    data = digits(split)
    generator = torch.Generator().manual_seed(len(data))
    data.images = data.images + 0.2 * torch.randn(data.images.shape, generator=generator)
    return data
