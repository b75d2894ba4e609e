"""Land cover from six-band satellite tiles, pixel by pixel; clouds are labelled 255 and not judged."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset

CLASSES = ("water", "crops", "forest", "urban", "bare")
CLOUD = 255
# surface reflectance times 10,000: blue, green, red, near infrared, two short-wave infrared
SIGNATURES = torch.tensor(
    [
        [900.0, 750, 500, 350, 200, 120],
        [600, 950, 800, 3600, 2200, 1200],
        [350, 550, 400, 2700, 1300, 600],
        [1300, 1500, 1700, 2300, 2500, 2200],
        [1100, 1600, 2100, 2700, 3400, 3000],
    ]
)


class Tiles(Dataset):
    """Tiles of one scene each: (int32 [6, 32, 32], labels [32, 32])."""

    classes = CLASSES

    def __init__(self, n, seed, side=32, augment=False):
        g = torch.Generator().manual_seed(seed)
        self.augment = augment
        rough = F.interpolate(torch.randn(n, 5, 6, 6, generator=g), side, mode="bicubic")
        rough += torch.tensor([-0.1, 0.25, 0.2, 0.0, -0.1]).view(1, 5, 1, 1)
        cover = rough.argmax(1)
        light = 1 + 0.08 * torch.randn(n, 1, 1, 1, generator=g)
        season = 1 + 0.05 * torch.randn(n, 6, 1, 1, generator=g)
        values = SIGNATURES[cover].permute(0, 3, 1, 2) * light * season
        texture = F.interpolate(torch.randn(n, 6, 16, 16, generator=g), side, mode="bilinear")
        values = values * (1 + 0.12 * texture) + 330 * torch.randn(n, 6, side, side, generator=g)
        cloud = F.interpolate(torch.randn(n, 1, 4, 4, generator=g), side, mode="bicubic")[:, 0] > 1.4
        values = torch.where(cloud.unsqueeze(1), 7500 + 900 * torch.randn(values.shape, generator=g), values)
        self.tiles = values.clamp(0, 10000).to(torch.int32)
        self.covers = cover.masked_fill(cloud, CLOUD)

    def __len__(self):
        return len(self.tiles)

    def __getitem__(self, index):
        tile, cover = self.tiles[index], self.covers[index]
        if self.augment:
            turns = int(torch.randint(4, ()))
            tile, cover = torch.rot90(tile, turns, (-2, -1)), torch.rot90(cover, turns, (-2, -1))
            if torch.rand(()) < 0.5:
                tile, cover = tile.flip(-1), cover.flip(-1)
        return tile, cover


def double(inner, outer):
    return nn.Sequential(
        nn.Conv2d(inner, outer, 3, padding=1, bias=False),
        nn.BatchNorm2d(outer),
        nn.ReLU(),
        nn.Conv2d(outer, outer, 3, padding=1, bias=False),
        nn.BatchNorm2d(outer),
        nn.ReLU(),
    )


class UNet(nn.Module):
    def __init__(self, width=12, scale=10000.0):
        super().__init__()
        self.scale = scale
        self.down1, self.down2, self.bottom = (
            double(6, width),
            double(width, 2 * width),
            double(2 * width, 3 * width),
        )
        self.up2 = double(5 * width, 2 * width)
        self.up1 = double(3 * width, width)
        self.out = nn.Conv2d(width, len(CLASSES), 1)

    def forward(self, tiles):
        a = self.down1(tiles.float() / self.scale)
        b = self.down2(F.max_pool2d(a, 2))
        x = self.bottom(F.max_pool2d(b, 2))
        x = self.up2(torch.cat([F.interpolate(x, scale_factor=2.0), b], dim=1))
        x = self.up1(torch.cat([F.interpolate(x, scale_factor=2.0), a], dim=1))
        return self.out(x)


class CrossEntropyDice(nn.Module):
    """Cross-entropy plus soft Dice, both over what is not cloud."""

    def __init__(self, dice=0.5):
        super().__init__()
        self.dice = dice

    def forward(self, logits, cover):
        entropy = F.cross_entropy(logits, cover, ignore_index=CLOUD)
        clear = (cover != CLOUD).unsqueeze(1)
        truth = F.one_hot(cover.clamp(max=len(CLASSES) - 1), len(CLASSES)).permute(0, 3, 1, 2) * clear
        share = logits.softmax(1) * clear
        overlap = 2 * (share * truth).sum((0, 2, 3)) + 1
        return entropy + self.dice * (1 - overlap / (share.sum((0, 2, 3)) + truth.sum((0, 2, 3)) + 1)).mean()
