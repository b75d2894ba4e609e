import torch
from torch import nn
from torch.utils.data import Dataset

from cnndoctor.datasets import digits


class Noisy(Dataset):
    """A digit under noise of a random size, with that size as its last number; and the clean digit."""

    def __init__(self, split="train"):
        self.images = digits(split).images.flatten(1)
        self.fixed = split != "train"

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        generator = torch.Generator().manual_seed(index) if self.fixed else None
        image = self.images[index]
        noise = torch.rand(1, generator=generator).clamp_min(1e-3)
        return torch.cat([image + noise * torch.randn(64, generator=generator), noise]), image


def net(width=96):
    return nn.Sequential(
        nn.Linear(65, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 64)
    )


def step(model, batch, loss, least=2.5e-3):
    noisy, images = batch
    each = (model(noisy) - images).square().mean(1)
    return (each / noisy[:, -1].clamp_min(least).square()).mean()
