"""Roads and houses on aerial pictures: segmentation into three classes."""

import torch
from torch import nn
from torch.utils.data import Dataset


class Tiles(Dataset):
    classes = ("ground", "road", "house")

    def __init__(self, n, seed, size=24):
        g = torch.Generator().manual_seed(seed)
        rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
        self.tiles = []
        for _ in range(n):
            mask = torch.zeros(size, size, dtype=torch.long)
            start, slope = torch.rand(2, generator=g).tolist()
            mask[(rows - size * start - (slope - 0.5) * columns).abs() < 2.5] = 1
            for _ in range(3):
                top, left = torch.randint(0, size - 6, (2,), generator=g).tolist()
                height, width = torch.randint(3, 7, (2,), generator=g).tolist()
                mask[top : top + height, left : left + width] = 2
            colours = torch.tensor([[0.3, 0.5, 0.3], [0.5, 0.5, 0.5], [0.6, 0.4, 0.35]])
            image = colours[mask].permute(2, 0, 1) + 0.15 * torch.randn(3, size, size, generator=g)
            self.tiles.append(((image - 0.4) / 0.2, mask))

    def __len__(self):
        return len(self.tiles)

    def __getitem__(self, index):
        return self.tiles[index]


class TinySegNet(nn.Module):
    def __init__(self, width=16, classes=3):
        super().__init__()
        self.enter = nn.Sequential(nn.Conv2d(3, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU())
        self.down = nn.Sequential(
            nn.MaxPool2d(2), nn.Conv2d(width, 2 * width, 3, padding=1), nn.BatchNorm2d(2 * width), nn.ReLU()
        )
        self.up = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.head = nn.Conv2d(2 * width, classes, 3, padding=1)

    def forward(self, x):
        skip = self.enter(x)
        return self.head(torch.cat([skip, self.up(self.down(skip))], dim=1))


def step_view(model, batch, loss):
    images, masks = batch
    outputs = model(images)
    flat = outputs.contiguous().view(-1, outputs.shape[1])
    return {"loss": loss(flat, masks.view(-1)), "outputs": outputs, "targets": masks}


def step_permute(model, batch, loss):
    images, masks = batch
    outputs = model(images)
    flat = outputs.permute(0, 2, 3, 1).reshape(-1, outputs.shape[1])
    return {"loss": loss(flat, masks.view(-1)), "outputs": outputs, "targets": masks}
