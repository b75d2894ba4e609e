"""Which damage a ball bearing has, from three channels of vibration: one-dimensional dilated convolutions."""

import math
from functools import cache

import torch
from torch import nn
from torch.utils.data import Dataset

DAMAGES = ("none", "inner ring", "outer ring", "ball", "cage", "looseness")
LENGTH = 96


@cache
def recordings(count=1200, seed=3):
    """Return signals [N, 3, 96] and labels [N], ordered by label as the test bench wrote them."""
    draw = torch.Generator().manual_seed(seed)

    def uniform(low, high, *shape):
        return low + (high - low) * torch.rand(*shape, generator=draw)

    labels = torch.arange(count) * len(DAMAGES) // count
    time = torch.arange(LENGTH).float()
    turn = uniform(0.068, 0.074, count, 1)
    phase = uniform(0, 2 * math.pi, count, 1)
    base = torch.sin(2 * math.pi * turn * time + phase)
    rate = turn * torch.tensor([0.0, 2.7, 1.8, 1.25, 0.4, 1.0])[labels].unsqueeze(1)
    beat = ((rate * time + uniform(0, 1, count, 1)) % 1) * 10
    ring = torch.exp(-beat) * torch.sin(2.2 * beat) * uniform(1.2, 2.0, count, 1)
    ring[labels == 0] = 0
    ring[labels == 5] = base[labels == 5].clamp(-0.4, 0.4) * 1.5
    gains = uniform(0.6, 1.2, count, 3, 1)
    signals = gains * torch.stack([base + ring, 0.5 * base + ring, ring - 0.3 * base], dim=1)
    signals = signals + 0.2 * torch.randn(signals.shape, generator=draw)
    return signals / signals.std(), labels


class Bench(Dataset):
    """Recordings [3, 96] of the test bench and their damage.

    Args:
        split: train or validation; every fifth recording is for validation.
        names: The damages in the order in which they are numbered; None for the order of the test bench.
        layout: "channels first" gives [3, 96], "channels last" [96, 3].
    """

    def __init__(self, split, names=None, layout="channels first"):
        signals, labels = recordings()
        held_out = torch.arange(len(labels)) % 5 == 0
        chosen = held_out if split == "validation" else ~held_out
        self.signals, self.labels = signals[chosen], labels[chosen]
        if layout == "channels last":
            self.signals = self.signals.transpose(1, 2).contiguous()
        self.classes = list(DAMAGES if names is None else names)
        number = torch.tensor([self.classes.index(name) for name in DAMAGES])
        self.labels = number[self.labels]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.signals[index], self.labels[index]


def alphabetical(split):
    """Return the recordings with the damages numbered as a folder listing would."""
    return Bench(split, names=sorted(DAMAGES))


class Dilated(nn.Module):
    """A residual block: convolution of width 3, batch normalisation, ReLU."""

    def __init__(self, channels, dilation, momentum):
        super().__init__()
        self.conv = nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm1d(channels, momentum=momentum)

    def forward(self, x):
        return x + torch.relu(self.norm(self.conv(x)))


class DilatedNet(nn.Module):
    """Dilations 1, 2, 4, 8, then the mean over time.

    Args:
        channels: Width of every layer.
        stride: Of the first convolution.
        momentum: Of the running statistics.
        window: Length of the part seen in eval mode, from the start; None for all of it.
        layout: How signals come: "channels first", "channels last".
    """

    def __init__(self, channels=16, stride=2, momentum=0.1, window=None, layout="channels first"):
        super().__init__()
        self.stem = nn.Conv1d(3, channels, 7, stride=stride, padding=3)
        self.blocks = nn.Sequential(*(Dilated(channels, 2**i, momentum) for i in range(4)))
        self.head = nn.Linear(channels, len(DAMAGES))
        self.window, self.layout = window, layout

    def forward(self, x):
        if self.layout == "channels last":
            x = x.reshape(x.shape[0], 3, -1)
        if self.window and not self.training:
            x = x[..., : self.window]
        return self.head(self.blocks(self.stem(x)).mean(dim=2))
