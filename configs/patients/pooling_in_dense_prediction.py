import torch
from torch import nn
from torch.utils.data import TensorDataset

SIDE = 32


def block(before, after):
    return nn.Sequential(nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU())


class Segmenter(nn.Module):
    """A classifier's body, and its last map scaled up to the picture."""

    def __init__(self, halvings=4, width=8):
        super().__init__()
        body = [block(1, width)]
        for _ in range(halvings):
            body += [nn.MaxPool2d(2), block(width, width)]
        self.body = nn.Sequential(*body)
        self.scores = nn.Conv2d(width, 2, 1)
        self.up = nn.Upsample(size=SIDE, mode="bilinear")

    def forward(self, x):
        return self.up(self.scores(self.body(x)))


def grains(count, seed):
    """Rock under a microscope: bright and dark grains of some five pixels; the mask says which are bright."""
    generator = torch.Generator().manual_seed(seed)
    field = torch.randn(count, 1, 10, 10, generator=generator)
    masks = nn.functional.interpolate(field, size=SIDE, mode="bilinear")[:, 0] > 0
    images = masks.float().unsqueeze(1) + 0.4 * torch.randn(count, 1, SIDE, SIDE, generator=generator)
    return TensorDataset(images - 0.5, masks.long())
