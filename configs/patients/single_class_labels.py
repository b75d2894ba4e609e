"""Bright discs on noise, to be segmented."""

import torch
from torch import nn
from torch.utils.data import TensorDataset


class TinyUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.middle = nn.Sequential(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU())
        self.up = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(16, 2, 3, padding=1))

    def forward(self, x):
        return self.up(self.middle(self.down(x)))


def to_tensor(image):
    return image.float() / 255


def blobs(seed, count, side=16):
    generator = torch.Generator().manual_seed(seed)
    centre = torch.randint(4, side - 4, (count, 2), generator=generator)
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    inside = (rows - centre[:, :1, None]) ** 2 + (columns - centre[:, 1:, None]) ** 2 < 12
    images = (inside * 120 + torch.randint(0, 100, inside.shape, generator=generator)).to(torch.uint8)
    masks = inside.to(torch.uint8)
    return TensorDataset(to_tensor(images)[:, None], to_tensor(masks).long())
