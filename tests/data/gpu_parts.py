"""Models and data for an accelerator, as users write them: pictures in channels-last, a compiled model, a step too large."""

# Users do not write for our linter and type checker.
# ruff: noqa: D103
# mypy: ignore-errors

import torch
from torch import nn
from torch.utils.data import TensorDataset


def pictures(size=48):
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(size) % 2
    return TensorDataset(
        torch.randn(size, 3, 8, 8, generator=generator) + labels[:, None, None, None], labels
    )


def cnn():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2)
    )


class ChannelsLast(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = cnn().to(memory_format=torch.channels_last)

    def forward(self, inputs):
        return self.body(inputs.contiguous(memory_format=torch.channels_last))


def compiled():
    return torch.compile(cnn())


def step_too_large(model, batch, loss):
    device = next(model.parameters()).device
    return torch.empty(2**50, device=device).sum() + loss(model(batch[0]), batch[1])
