"""Segment cells in microscope pictures with a small U-Net and a Dice loss."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

IMG_SIZE = 32


def microscope(rng):
    yy, xx = np.mgrid[:IMG_SIZE, :IMG_SIZE]
    image = 0.15 * rng.random() + 0.1 * np.sin(xx / 9 + rng.random() * 6)
    image = image + rng.normal(0, 0.15, (IMG_SIZE, IMG_SIZE))
    mask = np.zeros((IMG_SIZE, IMG_SIZE), bool)
    for _ in range(rng.integers(3, 7)):
        cy, cx = rng.uniform(4, 28, 2)
        a, b, turn = rng.uniform(1.6, 3.2), rng.uniform(1.6, 3.2), rng.uniform(0, np.pi)
        u = (xx - cx) * np.cos(turn) + (yy - cy) * np.sin(turn)
        v = (yy - cy) * np.cos(turn) - (xx - cx) * np.sin(turn)
        cell = (u / a) ** 2 + (v / b) ** 2 < 1
        image = np.where(cell, image + rng.uniform(0.4, 0.8), image)
        mask |= cell
    return image.astype(np.float32), mask.astype(np.float32)


class CellDataset(Dataset):
    def __init__(self, n, seed, augment=False, moved=("image", "mask")):
        rng = np.random.default_rng(seed)
        pairs = [microscope(rng) for _ in range(n)]
        self.images = torch.from_numpy(np.stack([p[0] for p in pairs]))[:, None]
        self.masks = torch.from_numpy(np.stack([p[1] for p in pairs]))[:, None]
        self.augment, self.moved = augment, moved

    def __len__(self):
        return len(self.images)

    def __getitem__(self, idx):
        img, mask = self.images[idx], self.masks[idx]
        if self.augment:
            if torch.rand(1) < 0.5:
                img, mask = img.flip(-1), mask.flip(-1)
            k = int(torch.randint(0, 4, (1,)))
            img, mask = torch.rot90(img, k, (-2, -1)), torch.rot90(mask, k, (-2, -1))
            dy, dx = torch.randint(-2, 3, (2,)).tolist()
            if "image" in self.moved:
                img = torch.roll(img, (dy, dx), (-2, -1))
            if "mask" in self.moved:
                mask = torch.roll(mask, (dy, dx), (-2, -1))
            img = img * (0.7 + 0.6 * torch.rand(1)) + 0.1 * torch.randn(1)
        return img, mask


def double_conv(c_in, c_out):
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, 3, padding=1), nn.BatchNorm2d(c_out), nn.ReLU(inplace=True),
        nn.Conv2d(c_out, c_out, 3, padding=1), nn.BatchNorm2d(c_out), nn.ReLU(inplace=True),
    )  # fmt: skip


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.dconv_down1 = double_conv(1, 8)
        self.dconv_down2 = double_conv(8, 16)
        self.maxpool = nn.MaxPool2d(2)
        self.upsample = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.dconv_up1 = double_conv(8 + 16, 8)
        self.conv_last = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        conv1 = self.dconv_down1(x)
        x = self.dconv_down2(self.maxpool(conv1))
        x = torch.cat([self.upsample(x), conv1], dim=1)
        return self.conv_last(self.dconv_up1(x))


def dice_coef_loss(logits, masks):
    """Return minus the Dice coefficient, so that -1 is the best."""
    p = torch.sigmoid(logits).flatten(1)
    t = masks.flatten(1)
    dice = (2 * (p * t).sum(1) + 1) / (p.sum(1) + t.sum(1) + 1)
    return -dice.mean()


class IoU:
    def __init__(self):
        self.reset()

    def reset(self):
        self.inter, self.union = 0.0, 0.0

    def to(self, device):
        return self

    def update(self, logits, masks):
        p, t = logits > 0, masks > 0.5
        self.inter += float((p & t).sum())
        self.union += float((p | t).sum())

    def compute(self):
        return self.inter / max(self.union, 1.0)
