"""Tell five weaves of cloth apart from 16 by 16 patches."""

import torch
import torch.nn as nn
from torch.utils.data import Dataset

WEAVES = ["plain", "twill", "satin", "basket", "rib"]


def drawPatch(kind, g):
    row, col = torch.meshgrid(torch.arange(16), torch.arange(16), indexing="ij")
    dx, dy = torch.randint(0, 8, (2,), generator=g)
    row, col = row + dy, col + dx
    thread = {
        "plain": (row + col) % 2,
        "twill": ((row + col) % 4 < 2).long(),
        "satin": ((2 * row + col) % 5 == 0).long(),
        "basket": (row // 2 + col // 2) % 2,
        "rib": (row // 2) % 2,
    }[kind].float()
    light = 0.4 + 0.4 * torch.rand(1, generator=g)
    return light * thread + 0.36 * torch.randn(16, 16, generator=g)


class Weaves(Dataset):
    classes = WEAVES

    def __init__(self, perClass, seed):
        g = torch.Generator().manual_seed(seed)
        self.patches, self.labels = [], []
        for label, kind in enumerate(WEAVES):
            for _ in range(perClass):
                self.patches.append(drawPatch(kind, g).unsqueeze(0))
                self.labels.append(label)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.patches[index], self.labels[index]


def makeNet():
    return nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(12, 24, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(24, 5),
    )


def schedule(epoch, start=0.1):
    """The callback of the old notebook."""
    if epoch < 10:
        return start
    if epoch < 13:
        return start * 0.3
    return start * 0.1
