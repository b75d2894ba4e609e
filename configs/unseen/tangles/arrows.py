"""Arrow cards for a line-following robot: which way does the arrow on the card point?"""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

DIRECTIONS = ["right", "up", "left", "down"]
SIZE = 20
ROWS, COLUMNS = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)


def stroke(start, end, width):
    """Draw a line of soft ink, [20, 20]."""
    along = end - start
    t = ((COLUMNS - start[0]) * along[0] + (ROWS - start[1]) * along[1]) / (along @ along)
    t = np.clip(t, 0, 1)
    far = np.hypot(COLUMNS - start[0] - t * along[0], ROWS - start[1] - t * along[1])
    return np.clip(1.5 - far / width, 0, 1)


def card(rng, direction):
    angle = direction * np.pi / 2 + rng.uniform(-0.5, 0.5)
    ahead = np.array([np.cos(angle), -np.sin(angle)])
    side = np.array([ahead[1], -ahead[0]])
    middle = np.array([9.5, 9.5]) + rng.uniform(-2, 2, 2)
    length, width = rng.uniform(4.5, 6.5), rng.uniform(0.7, 1.2)
    tip = middle + ahead * length
    picture = stroke(middle - ahead * length, tip, width)
    for sign in (-1, 1):
        barb = tip - ahead * rng.uniform(2.5, 4) + sign * side * rng.uniform(2.5, 4)
        picture = np.maximum(picture, stroke(tip, barb, width))
    picture = picture * rng.uniform(0.3, 0.6) + rng.uniform(0.1, 0.3)
    return picture + rng.normal(0, 0.05, picture.shape)


class Augment:
    """Make one camera shot look like another one."""

    def __init__(self, mirror=False):
        self.mirror = mirror

    def __call__(self, image):
        image = image * (0.8 + 0.4 * torch.rand(1))
        down, right = torch.randint(-1, 2, (2,)).tolist()
        image = torch.roll(image, (down, right), (1, 2))
        if self.mirror and torch.rand(1) < 0.5:
            image = image.flip(2)
        if self.mirror and torch.rand(1) < 0.5:
            image = image.flip(1)
        return image


class ArrowCards(Dataset):
    def __init__(self, count, seed, transform=None):
        rng = np.random.default_rng(seed)
        self.labels = rng.integers(0, 4, count)
        self.images = torch.tensor(np.stack([card(rng, k) for k in self.labels]), dtype=torch.float32)
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        image = self.images[i].unsqueeze(0).clamp(0, 1)
        if self.transform:
            image = self.transform(image)
        return image, int(self.labels[i])


class ArrowNet(nn.Module):
    def __init__(self, bn_momentum=0.1):
        super().__init__()
        layers, channels = [nn.BatchNorm2d(1, eps=1e-3, momentum=bn_momentum)], 1
        for width in (12, 24, 32):
            layers += [
                nn.Conv2d(channels, width, 3, padding=1, bias=False),
                nn.BatchNorm2d(width, eps=1e-3, momentum=bn_momentum),
                nn.ReLU(inplace=True),
                nn.MaxPool2d(2),
            ]
            channels = width
        self.net = nn.Sequential(*layers)
        self.head = nn.Linear(32 * 2 * 2, 4)

    def forward(self, x):
        x = self.net(x)
        x = x.view(x.size(0), -1)
        return self.head(x)
