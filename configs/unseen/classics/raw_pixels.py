"""A small convolutional network on grey images read from bytes: "accuracy 10 % from the first epoch to the last"."""

import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset

from cnndoctor.datasets import digits


class ByteImages(Dataset):
    """Images as a decoder gives them, 0 to 255."""

    def __init__(self, split, transform=None):
        data = digits(split)
        self.images = (data.images * 255).byte()
        self.labels = data.targets
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        image = self.images[i].float()
        if self.transform is not None:
            image = self.transform(image)
        return image, self.labels[i]


def to_unit(image):
    return image / 255


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.fc1 = nn.Linear(32 * 2 * 2, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(-1, 32 * 2 * 2)
        return self.fc2(F.relu(self.fc1(x)))
