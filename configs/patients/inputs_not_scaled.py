"""Digits as 8-bit pixels, the way PIL and OpenCV hand them out, and the CNN of a beginner's tutorial."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset

from cnndoctor.datasets import digits


class PixelDataset(Dataset):
    def __init__(self, split):
        samples = list(digits(split=split))
        self.images = (torch.stack([image for image, _ in samples]).numpy() * 255).astype(np.uint8)
        self.labels = [label for _, label in samples]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, idx):
        return torch.from_numpy(self.images[idx]).float(), self.labels[idx]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.fc1 = nn.Linear(128, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc2(x)
