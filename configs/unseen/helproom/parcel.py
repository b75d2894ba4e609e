"""Where is the parcel? One box a camera picture: centre and size as fractions of the picture."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import TensorDataset

IMG_SIZE = 32


def ParcelData(count, seed):
    rng = torch.Generator().manual_seed(seed)
    wh = torch.rand(count, 2, generator=rng) * 0.35 + 0.2
    xy = wh / 2 + torch.rand(count, 2, generator=rng) * (1 - wh)
    grid = (torch.arange(IMG_SIZE) + 0.5) / IMG_SIZE
    inX = (grid[None] - xy[:, :1]).abs() < wh[:, :1] / 2
    inY = (grid[None] - xy[:, 1:]).abs() < wh[:, 1:] / 2
    inside = (inY[:, :, None] & inX[:, None, :]).float()[:, None]
    colour = 0.5 + 0.5 * torch.rand(count, 3, 1, 1, generator=rng)
    images = 0.3 * torch.rand(count, 3, IMG_SIZE, IMG_SIZE, generator=rng) * (1 - inside) + colour * inside
    return TensorDataset(images - 0.3, torch.cat([xy, wh], 1))


class BoxNet(nn.Module):
    def __init__(self, decode_in_forward=False):
        super().__init__()
        self.decode_in_forward = decode_in_forward
        self.c1 = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.c2 = nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.c3 = nn.Conv2d(16, 16, 3, stride=2, padding=1)
        self.fc1 = nn.Linear(16 * 4 * 4, 64)
        self.fc2 = nn.Linear(64, 4)

    def to_pixels(self, box):
        """(cx, cy, w, h) in fractions to corners in pixels, for drawing."""
        xy, wh = box[:, :2], box[:, 2:]
        return torch.cat([xy - wh / 2, xy + wh / 2], 1) * IMG_SIZE

    def forward(self, x):
        x = F.leaky_relu(self.c1(x), 0.1)
        x = F.leaky_relu(self.c2(x), 0.1)
        x = F.leaky_relu(self.c3(x), 0.1)
        x = F.leaky_relu(self.fc1(x.flatten(1)), 0.1)
        box = torch.sigmoid(self.fc2(x))
        if self.decode_in_forward and not self.training:
            return self.to_pixels(box)
        return box
