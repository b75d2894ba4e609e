"""Images read folder by folder, one folder a class: "the loss falls and jumps, validation says always the last class"."""

import torch
from torch import nn
from torch.utils.data import Dataset

from cnndoctor.datasets import digits


class FolderImages(Dataset):
    def __init__(self, split):
        data = digits(split)
        order = torch.argsort(data.targets, stable=True)
        self.images, self.labels = data.images[order], data.targets[order]
        self.classes = list(data.classes)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.images[index], self.labels[index]


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, 6, 3, padding=1), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 3), nn.Tanh()
        )
        self.fc = nn.Sequential(nn.Linear(16 * 2 * 2, 48), nn.Tanh(), nn.Linear(48, 10))

    def forward(self, x):
        return self.fc(self.conv(x).flatten(1))
