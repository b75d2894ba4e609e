"""Nuclei in noisy micrographs: a little U-Net with group norm, since two images fit in a batch."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import TensorDataset


def micrographs(count, seed, side=32):
    g = torch.Generator().manual_seed(seed)
    yy, xx = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    images, masks = [], []
    for _ in range(count):
        mask = torch.zeros(side, side)
        for _ in range(int(torch.randint(3, 7, (1,), generator=g))):
            cy, cx, a, b = torch.rand(4, generator=g)
            ry, rx = 2.5 + 3 * a, 2.5 + 3 * b
            mask[((yy - cy * side) / ry) ** 2 + ((xx - cx * side) / rx) ** 2 <= 1] = 1
        light = 0.25 * (xx / side) * torch.rand(1, generator=g)
        soft = F.avg_pool2d(mask[None, None], 3, 1, 1)[0, 0]
        images.append(0.2 + light + 0.45 * soft + 0.12 * torch.randn(side, side, generator=g))
        masks.append(mask)
    return TensorDataset(torch.stack(images)[:, None], torch.stack(masks)[:, None])


def double_conv(i, o):
    return nn.Sequential(
        nn.Conv2d(i, o, 3, padding=1),
        nn.GroupNorm(4, o),
        nn.SiLU(),
        nn.Conv2d(o, o, 3, padding=1),
        nn.GroupNorm(4, o),
        nn.SiLU(),
    )


class UNet(nn.Module):
    def __init__(self, ch=8):
        super().__init__()
        self.down1 = double_conv(1, ch)
        self.down2 = double_conv(ch, 2 * ch)
        self.mid = double_conv(2 * ch, 4 * ch)
        self.up2 = nn.ConvTranspose2d(4 * ch, 2 * ch, 2, 2)
        self.dec2 = double_conv(4 * ch, 2 * ch)
        self.up1 = nn.ConvTranspose2d(2 * ch, ch, 2, 2)
        self.dec1 = double_conv(2 * ch, ch)
        self.head = nn.Conv2d(ch, 1, 1)

    def forward(self, x):
        d1 = self.down1(x)
        d2 = self.down2(F.max_pool2d(d1, 2))
        m = self.mid(F.max_pool2d(d2, 2))
        u2 = self.dec2(torch.cat([self.up2(m), d2], dim=1))
        u1 = self.dec1(torch.cat([self.up1(u2), d1], dim=1))
        return self.head(u1)


class DiceBCE(nn.Module):
    """Half soft Dice over each image, half cross-entropy of the pixels."""

    def __init__(self, smooth=1.0):
        super().__init__()
        self.smooth = smooth

    def forward(self, logits, masks):
        p = logits.sigmoid()
        overlap = (p * masks).sum((1, 2, 3))
        dice = (2 * overlap + self.smooth) / (p.sum((1, 2, 3)) + masks.sum((1, 2, 3)) + self.smooth)
        return 0.5 * (1 - dice.mean()) + 0.5 * F.binary_cross_entropy_with_logits(logits, masks)


class IoU:
    def __init__(self):
        self.reset()

    def reset(self):
        self.inter, self.union = 0, 0

    def update(self, outputs, targets):
        guess, truth = outputs > 0, targets > 0.5
        self.inter += int((guess & truth).sum())
        self.union += int((guess | truth).sum())

    def compute(self):
        return self.inter / max(1, self.union)
