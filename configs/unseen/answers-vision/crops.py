"""Leaf and disease masks from PNG files: a small U-Net with three classes."""

import numpy as np
import torch
import torch.nn as nn
from PIL import Image, ImageDraw
from torch.utils.data import Dataset


def to_tensor(pic):
    """What torchvision's ToTensor does to an 8-bit picture: [C, H, W] in [0, 1]."""
    a = np.array(pic, dtype=np.float32) / 255.0
    return torch.from_numpy(a[None] if a.ndim == 2 else a.transpose(2, 0, 1).copy())


def paint(rng):
    img = Image.new("RGB", (32, 32), tuple(int(v) for v in rng.integers(90, 150, 3)))
    mask = Image.new("L", (32, 32), 0)
    d_img, d_mask = ImageDraw.Draw(img), ImageDraw.Draw(mask)
    x, y = rng.integers(2, 8, 2)
    w, h = rng.integers(16, 22, 2)
    box = [int(x), int(y), int(x + w), int(y + h)]
    d_img.ellipse(box, fill=(40, int(rng.integers(130, 200)), 50))
    d_mask.ellipse(box, fill=1)
    for _ in range(rng.integers(2, 4)):
        u, v, r = rng.uniform(-0.22, 0.22), rng.uniform(-0.22, 0.22), rng.uniform(2.2, 3.6)
        cx, cy = x + w * (0.5 + u), y + h * (0.5 + v)
        spot = [cx - r, cy - r, cx + r, cy + r]
        d_img.ellipse(spot, fill=(int(rng.integers(120, 180)), 80, 30))
        d_mask.ellipse(spot, fill=2)
    noisy = np.asarray(img) + rng.normal(0, 14, (32, 32, 3))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8)), mask


class CropDataset(Dataset):
    def __init__(self, n, seed, mask_transform):
        rng = np.random.default_rng(seed)
        self.images, self.masks = zip(*(paint(rng) for _ in range(n)), strict=True)
        self.mask_transform = mask_transform

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        image = to_tensor(self.images[i])
        mask = self.mask_transform(self.masks[i])
        return image, mask.squeeze().long()


def as_array(mask):
    return torch.from_numpy(np.array(mask))


def double_conv(i, o):
    return nn.Sequential(
        nn.Conv2d(i, o, 3, padding=1),
        nn.BatchNorm2d(o),
        nn.ReLU(inplace=True),
        nn.Conv2d(o, o, 3, padding=1),
        nn.BatchNorm2d(o),
        nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    def __init__(self, n_classes=3):
        super().__init__()
        self.down1, self.down2, self.down3 = double_conv(3, 8), double_conv(8, 16), double_conv(16, 32)
        self.pool = nn.MaxPool2d(2)
        self.up2 = nn.ConvTranspose2d(32, 16, 2, 2)
        self.conv2 = double_conv(32, 16)
        self.up1 = nn.ConvTranspose2d(16, 8, 2, 2)
        self.conv1 = double_conv(16, 8)
        self.out = nn.Conv2d(8, n_classes, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(self.pool(a))
        c = self.down3(self.pool(b))
        b = self.conv2(torch.cat([self.up2(c), b], dim=1))
        a = self.conv1(torch.cat([self.up1(b), a], dim=1))
        return self.out(a)
