import torch
from torch import nn

from cnndoctor.datasets import digits


def net():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))


def noisy(split="train"):
    """Digits under noise that is fixed."""
    data = digits(split)
    generator = torch.Generator().manual_seed(len(data))
    data.images = data.images + 0.5 * torch.randn(data.images.shape, generator=generator)
    return data
