"""Cells on a microscope slide: binary segmentation with a small U-Net, Dice and binary cross-entropy."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset


def slide(rng, size, cells=(2, 5)):
    y, x = np.mgrid[0:size, 0:size]
    image = 0.55 + 0.15 * np.sin(2 * np.pi * (rng.uniform(0.5, 1) * x + rng.uniform(0.5, 1) * y) / size)
    mask = np.zeros((size, size), dtype=bool)
    for _ in range(rng.integers(*cells)):
        cx, cy = rng.uniform(4, size - 4, 2)
        a, b, turn = rng.uniform(2.5, 5), rng.uniform(2.5, 5), rng.uniform(0, np.pi)
        u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
        v = -(x - cx) * np.sin(turn) + (y - cy) * np.cos(turn)
        cell = (u / a) ** 2 + (v / b) ** 2 < 1
        image = np.where(cell, image - rng.uniform(0.2, 0.35), image)
        mask |= cell
    for _ in range(3):  # bubbles: bright rings that are no cells
        cx, cy, r = *rng.uniform(0, size, 2), rng.uniform(2, 4)
        ring = abs(np.hypot(x - cx, y - cy) - r) < 0.7
        image = np.where(ring & ~mask, image + 0.3, image)
    return image + rng.normal(0, 0.08, image.shape), mask


class Cells(Dataset):
    """Dictionaries of an image [1, 32, 32] and a mask [1, 32, 32] of zeros and ones."""

    def __init__(self, n, seed, size=32, augment=False, flip_both=True, names_as_text=False):
        rng = np.random.default_rng(seed)
        pairs = [slide(rng, size) for _ in range(n)]
        images = {f"slide_{i}": image for i, (image, _) in enumerate(pairs)}
        masks = {f"slide_{i:04d}": mask for i, (_, mask) in enumerate(pairs)}
        image_names = sorted(images, key=lambda name: name if names_as_text else int(name.split("_")[1]))
        self.images = torch.tensor(
            np.stack([images[name] for name in image_names])[:, None], dtype=torch.float32
        )
        self.masks = torch.tensor(
            np.stack([masks[name] for name in sorted(masks)])[:, None], dtype=torch.float32
        )
        self.images = (self.images - 0.5) / 0.2
        self.augment, self.flip_both = augment, flip_both

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image, mask = self.images[index], self.masks[index]
        if self.augment:
            turns = int(torch.randint(4, ()))
            image = torch.rot90(image, turns, (1, 2))
            if self.flip_both:
                mask = torch.rot90(mask, turns, (1, 2))
        return {"image": image, "mask": mask}


class DoubleConv(nn.Sequential):
    def __init__(self, cin, cout):
        super().__init__(
            nn.Conv2d(cin, cout, 3, padding=1),
            nn.GroupNorm(4, cout),
            nn.ReLU(inplace=True),
            nn.Conv2d(cout, cout, 3, padding=1),
            nn.GroupNorm(4, cout),
            nn.ReLU(inplace=True),
        )


class UNet(nn.Module):
    def __init__(self, width=8, skips=True, last=None):
        super().__init__()
        self.down1 = DoubleConv(1, width)
        self.down2 = DoubleConv(width, 2 * width)
        self.bottom = DoubleConv(2 * width, 2 * width)
        self.up2 = DoubleConv(4 * width, width)
        self.up1 = DoubleConv(2 * width, width)
        self.head = nn.Conv2d(width, 1, 1)
        self.skips = skips
        self.last = {
            None: nn.Identity(),
            "sigmoid": nn.Sigmoid(),
            "relu": nn.ReLU(),
            "softmax": nn.Softmax(dim=1),
        }[last]

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        c = self.bottom(F.max_pool2d(b, 2))
        if not self.skips:
            a, b = torch.zeros_like(a), torch.zeros_like(b)
        c = self.up2(torch.cat([F.interpolate(c, scale_factor=2), b], dim=1))
        c = self.up1(torch.cat([F.interpolate(c, scale_factor=2), a], dim=1))
        return self.last(self.head(c))


class DiceBCELoss(nn.Module):
    """Half soft Dice, half binary cross-entropy, both from logits."""

    def __init__(self, smooth=1.0, maximise_dice=False):
        super().__init__()
        self.smooth = smooth
        self.maximise_dice = maximise_dice

    def forward(self, logits, masks):
        probabilities = torch.sigmoid(logits)
        overlap = (probabilities * masks).sum((1, 2, 3))
        total = probabilities.sum((1, 2, 3)) + masks.sum((1, 2, 3))
        dice = ((2 * overlap + self.smooth) / (total + self.smooth)).mean()
        bce = F.binary_cross_entropy_with_logits(logits, masks)
        return bce + dice if self.maximise_dice else bce + 1 - dice


class IoU:
    """Intersection over union of the foreground over a whole split."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.both = self.either = 0.0

    def update(self, outputs, masks):
        predicted, truth = outputs > 0, masks > 0.5
        self.both += float((predicted & truth).sum())
        self.either += float((predicted | truth).sum())

    def compute(self):
        return self.both / max(self.either, 1.0)
