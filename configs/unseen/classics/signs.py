"""Which way does the sign point? "Left and right are always confused, whatever network I take"."""

import torch
from torch import nn
from torch.utils.data import Dataset

CLASSES = ["left", "right", "ahead"]


def draw(label, g):
    image = torch.zeros(16, 16)
    length = int(torch.randint(4, 6, (1,), generator=g))
    for k in range(length):
        image[8 - k : 9 + k, 3 + k] = 1.0  # the head points left
    image[7:10, 3 + length : 13] = 1.0
    if label == 1:
        image = image.flip(1)
    if label == 2:
        image = image.T
    shift = torch.randint(-2, 3, (2,), generator=g).tolist()
    image = image.roll(shift, dims=(0, 1))
    return image * (0.6 + 0.4 * torch.rand(1, generator=g)) + 0.15 * torch.randn(16, 16, generator=g)


class RandomHorizontalFlip:
    def __init__(self, p=0.5):
        self.p = p

    def __call__(self, image):
        return image.flip(-1) if torch.rand(1) < self.p else image


class Signs(Dataset):
    classes = CLASSES

    def __init__(self, n, seed, transform=None):
        g = torch.Generator().manual_seed(seed)
        self.labels = torch.randint(0, 3, (n,), generator=g)
        self.images = torch.stack([draw(label, g) for label in self.labels.tolist()]).unsqueeze(1)
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        image = self.images[i]
        if self.transform is not None:
            image = self.transform(image)
        return image, int(self.labels[i])


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 8, 5, padding=2),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 4 * 4, 3),
    )
