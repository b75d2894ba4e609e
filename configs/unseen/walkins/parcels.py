"""Find the parcel on the belt: one box an image, four numbers."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset

SIZE = 24


class BeltImages(Dataset):
    def __init__(self, count, seed=0):
        rng = np.random.default_rng(seed)
        self.images = np.zeros((count, 1, SIZE, SIZE), dtype=np.float32)
        self.boxes = np.zeros((count, 4), dtype=np.float32)
        for i in range(count):
            w, h = rng.integers(4, 12, size=2)
            x, y = rng.integers(0, SIZE - w + 1), rng.integers(0, SIZE - h + 1)
            self.images[i, 0] = rng.normal(0.25, 0.08, (SIZE, SIZE))
            self.images[i, 0, y : y + h, x : x + w] += rng.uniform(0.4, 0.7)
            self.boxes[i] = np.array([x + w / 2, y + h / 2, w, h]) / SIZE

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        return torch.from_numpy(self.images[i]), torch.from_numpy(self.boxes[i])


class BoxNet(nn.Module):
    def __init__(self, keep=0.8):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.fc1 = nn.Linear(16 * 6 * 6, 128)
        self.drop = nn.Dropout(keep)
        self.fc2 = nn.Linear(128, 4)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = self.drop(F.relu(self.fc1(torch.flatten(x, 1))))
        return self.fc2(x)
