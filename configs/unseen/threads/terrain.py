"""Super-resolution of height maps: 10 x 10 in, 20 x 20 out."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import TensorDataset


def height_maps(count, seed):
    g = torch.Generator().manual_seed(seed)
    rough = torch.randn(count, 1, 7, 7, generator=g)
    fine = F.interpolate(rough, size=(20, 20), mode="bicubic", align_corners=True)
    ridge = torch.where(fine > 0.4, 0.5, 0.0)  # plateaus with sharp edges
    high = 0.3 * fine + ridge + 0.02 * torch.randn(fine.shape, generator=g)
    return TensorDataset(F.avg_pool2d(high, 2), high)


class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.prelu = nn.PReLU()
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)

    def forward(self, x):
        return x + self.conv2(self.prelu(self.conv1(x)))


class Generator(nn.Module):
    def __init__(self, scale_factor=2, channels=16):
        super().__init__()
        self.block1 = nn.Sequential(nn.Conv2d(1, channels, kernel_size=5, padding=2), nn.PReLU())
        self.block2 = ResidualBlock(channels)
        self.block3 = ResidualBlock(channels)
        self.up = nn.Sequential(
            nn.Conv2d(channels, channels * scale_factor**2, kernel_size=3, padding=1),
            nn.PixelShuffle(scale_factor),
            nn.PReLU(),
            nn.Conv2d(channels, 1, kernel_size=3, padding=1),
        )

    def forward(self, x):
        block1 = self.block1(x)
        return self.up(block1 + self.block3(self.block2(block1)))
