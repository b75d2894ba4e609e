"""Field boundaries from above: background, round and square plots on noisy ground, per-pixel classes."""

import torch
from torch import nn
from torch.utils.data import Dataset

side = 24


class AerialTiles(Dataset):
    def __init__(self, tiles, seed):
        g = torch.Generator().manual_seed(seed)
        yy, xx = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
        self.images = torch.empty(tiles, 3, side, side)
        self.masks = torch.zeros(tiles, side, side, dtype=torch.int64)
        for mask in self.masks:
            for _ in range(4):
                cy, cx = torch.randint(3, side - 3, (2,), generator=g).tolist()
                radius = torch.randint(3, 6, (1,), generator=g).item()
                if torch.rand(1, generator=g).item() < 0.5:
                    mask[(yy - cy) ** 2 + (xx - cx) ** 2 <= radius**2] = 1
                else:
                    mask[((yy - cy).abs() < radius) & ((xx - cx).abs() < radius)] = 2
        stripes = torch.sin(xx * 1.6), torch.sin(yy * 1.6)
        texture = torch.stack([torch.zeros(side, side), *stripes])
        for k in range(3):
            self.images[:, k] = (self.masks == k).float() * 0.15
        self.images += 0.5 * (texture[self.masks, yy, xx]).unsqueeze(1)
        self.images += 0.45 * torch.randn(self.images.shape, generator=g)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return self.images[i], self.masks[i]


def ConvBNReLU(cin, cout, dilation=1):
    return nn.Sequential(
        nn.Conv2d(cin, cout, 3, padding=dilation, dilation=dilation, bias=False),
        nn.BatchNorm2d(cout),
        nn.ReLU(True),
    )


class MiniDeepLab(nn.Module):
    def __init__(self, num_classes=3, width=16):
        super().__init__()
        self.stem = ConvBNReLU(3, width)
        self.atrous1 = ConvBNReLU(width, width, 1)
        self.atrous2 = ConvBNReLU(width, width, 2)
        self.classifier = nn.Conv2d(3 * width, num_classes, 1)

    def forward(self, x):
        s = self.stem(x)
        a = self.atrous1(s)
        b = self.atrous2(a)
        return self.classifier(torch.cat([s, a, b], dim=1))


def poly(num_images, batch_size, epochs, gpus=1, power=0.9):
    max_iter = num_images * epochs // (batch_size * gpus)
    return lambda it: max(0.0, 1 - it / max_iter) ** power
