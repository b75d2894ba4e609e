"""Five flowers by colour and number of petals, drawn; normalised as for a pretrained network."""

import math

import torch
from torch import nn
from torch.utils.data import Dataset

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
FLOWERS = {  # petals and colour
    "tulip": (3, (0.85, 0.25, 0.3)),
    "lily": (3, (0.9, 0.85, 0.8)),
    "rose": (5, (0.85, 0.3, 0.35)),
    "buttercup": (5, (0.9, 0.8, 0.2)),
    "daisy": (9, (0.9, 0.85, 0.85)),
}


def normalise(image):
    return (image - MEAN) / STD


class Flowers(Dataset):
    """Images [3, 20, 20] of bytes; ``transform`` gets them as floats."""

    classes = tuple(FLOWERS)

    def __init__(self, n, seed, transform=None, divide=True):
        g = torch.Generator().manual_seed(seed)
        line = torch.linspace(-1, 1, 20)
        rows, columns = torch.meshgrid(line, line, indexing="ij")
        self.images, self.labels = [], []
        for i in range(n):
            petals, colour = FLOWERS[self.classes[i % 5]]
            y, x, turn, size = (torch.rand(4, generator=g) - 0.5).tolist()
            radius = ((rows - y * 0.4) ** 2 + (columns - x * 0.4) ** 2).sqrt()
            angle = torch.atan2(rows - y * 0.4, columns - x * 0.4)
            edge = (0.62 + 0.3 * size) * (0.7 + 0.3 * torch.cos(petals * angle + 2 * math.pi * turn))
            flower = torch.sigmoid((edge - radius) * 14)
            ground = torch.tensor([0.3, 0.5, 0.25]).view(3, 1, 1)
            image = flower * torch.tensor(colour).view(3, 1, 1) + (1 - flower) * ground
            image = image * (0.75 + 0.5 * torch.rand(1, generator=g)) + 0.08 * torch.randn(
                3, 20, 20, generator=g
            )
            self.images.append((image.clamp(0, 1) * 255).to(torch.uint8))
            self.labels.append(i % 5)
        self.transform, self.divide = transform, divide

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].float()
        if self.divide:
            image = image / 255
        if self.transform is not None:
            image = self.transform(image)
        return image, self.labels[index]


class FlowerNet(nn.Sequential):
    def __init__(self, width=12):
        super().__init__(
            nn.Conv2d(3, width, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(width, 2 * width, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(2 * width * 25, 48),
            nn.ReLU(),
            nn.Linear(48, 5),
        )
