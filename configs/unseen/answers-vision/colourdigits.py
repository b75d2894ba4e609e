"""Handwritten digits in colour on coloured paper, for a VGG in small."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from cnndoctor.datasets import digits


class ColourDigits(torch.utils.data.Dataset):
    def __init__(self, train, root=None):
        source = digits("train" if train else "validation")
        rng = np.random.default_rng(8 if train else 9)
        self.labels = source.targets
        self.images = []
        for grey in source.images:
            ink = F.interpolate(grey[None], size=(16, 16), mode="bilinear")[0]
            paper = torch.tensor(rng.uniform(0.5, 1.0, (3, 1, 1)), dtype=torch.float32)
            pen = torch.tensor(rng.uniform(0.0, 0.4, (3, 1, 1)), dtype=torch.float32)
            self.images.append(paper * (1 - ink) + pen * ink)

    def __getitem__(self, index):
        return (self.images[index] - 0.5) / 0.5, self.labels[index]

    def __len__(self):
        return len(self.images)


class MyVGG(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1_1 = nn.Conv2d(3, 16, 3, padding=1)
        self.conv1_2 = nn.Conv2d(16, 16, 3, padding=1)
        self.conv2_1 = nn.Conv2d(16, 32, 3, padding=1)
        self.conv2_2 = nn.Conv2d(32, 32, 3, padding=1)
        self.fc1 = nn.Linear(32 * 4 * 4, 128)
        self.fc2 = nn.Linear(128, 128)
        self.fc3 = nn.Linear(128, 10)

    def forward(self, x):
        x = F.relu(self.conv1_2(F.relu(self.conv1_1(x))))
        x = F.dropout(F.max_pool2d(x, 2, 2), 0.25)
        x = F.relu(self.conv2_2(F.relu(self.conv2_1(x))))
        x = F.dropout(F.max_pool2d(x, 2, 2), 0.25)
        x = x.view(-1, 32 * 4 * 4)
        x = F.dropout(F.relu(self.fc1(x)), 0.5)
        x = F.dropout(F.relu(self.fc2(x)), 0.5)
        return self.fc3(x)


class MyVGG2(MyVGG):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.25)
        self.drop_fc = nn.Dropout(0.5)

    def forward(self, x):
        x = F.relu(self.conv1_2(F.relu(self.conv1_1(x))))
        x = self.drop(F.max_pool2d(x, 2, 2))
        x = F.relu(self.conv2_2(F.relu(self.conv2_1(x))))
        x = self.drop(F.max_pool2d(x, 2, 2))
        x = x.view(-1, 32 * 4 * 4)
        x = self.drop_fc(F.relu(self.fc1(x)))
        x = self.drop_fc(F.relu(self.fc2(x)))
        return self.fc3(x)
