"""Find cells in small microscope pictures: image [1, 24, 24] and mask of the same size."""

import torch
from torch import nn
from torch.utils.data import Dataset

S = 24


def draw(generator):
    ys, xs = torch.meshgrid(torch.arange(S), torch.arange(S), indexing="ij")
    mask = torch.zeros(S, S)
    for _ in range(int(torch.randint(2, 5, (1,), generator=generator))):
        cy, cx = torch.rand(2, generator=generator) * S
        ry, rx = 2.5 + 2.5 * torch.rand(2, generator=generator)
        mask = torch.maximum(mask, (((ys - cy) / ry) ** 2 + ((xs - cx) / rx) ** 2 < 1).float())
    light = 0.25 + 0.15 * torch.rand(1, generator=generator)
    image = light + 0.3 * mask + 0.12 * torch.randn(S, S, generator=generator)
    return image.clamp(0, 1)[None], mask[None]


class RandomFlip:
    def __call__(self, *pictures):
        dims = [d for d in (1, 2) if torch.rand(1) < 0.5]
        pictures = tuple(p.flip(dims) for p in pictures)
        return pictures if len(pictures) > 1 else pictures[0]


class CellDataset(Dataset):
    def __init__(self, n, seed, transform=None, target_transform=None, joint_transform=None):
        g = torch.Generator().manual_seed(seed)
        self.items = [draw(g) for _ in range(n)]
        self.transform, self.target_transform = transform, target_transform
        self.joint_transform = joint_transform

    def __len__(self):
        return len(self.items)

    def __getitem__(self, idx):
        img, mask = self.items[idx]
        if self.joint_transform is not None:
            img, mask = self.joint_transform(img, mask)
        if self.transform is not None:
            img = self.transform(img)
        if self.target_transform is not None:
            mask = self.target_transform(mask)
        return img, mask


def conv(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(inplace=True))


class MiniUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc1 = conv(1, 8)
        self.enc2 = conv(8, 16)
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.dec = conv(16, 8)
        self.head = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = self.enc1(x)
        b = self.enc2(self.pool(a))
        return self.head(self.dec(torch.cat([a, self.up(b)], dim=1)))
