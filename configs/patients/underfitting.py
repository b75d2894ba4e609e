import torch
from torch import nn
from torch.utils.data import TensorDataset

from cnndoctor.datasets import digits


class Mean(nn.Module):
    """The mean over time of [N, T, features]."""

    def forward(self, x):
        return x.mean(1)


def net(averaged=True, width=24):
    first = [Mean(), nn.Linear(8, width)] if averaged else [nn.Flatten(), nn.Linear(64, width)]
    return nn.Sequential(*first, nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10))


def strokes(split="train"):
    """A digit as a sequence of eight rows, under noise that is fixed."""
    data = digits(split)
    rows = data.images.squeeze(1)
    generator = torch.Generator().manual_seed(len(data))
    return TensorDataset(rows + 0.3 * torch.randn(rows.shape, generator=generator), data.targets)
