"""LeNet-5 on handwritten digits, enlarged to 28 pixels and padded as in the paper's figure."""

import torch
from torch import nn
from torch.utils.data import Dataset

from cnndoctor.datasets import digits

MEAN, STD = 0.31, 0.37


class BigDigits(Dataset):
    """Digits as 28x28 images, normalised with the statistics of the training set."""

    def __init__(self, split, size=28, normalize=True, label_offset=0, split_by="set"):
        if split_by == "set":
            source = digits(split)
        else:  # a random split of our own, reproducible
            source = digits("all")
            order = torch.randperm(
                len(source), generator=torch.Generator().manual_seed(13 + (split == "train"))
            )
            keep = order[: int(0.8 * len(source))] if split == "train" else order[int(0.8 * len(source)) :]
            source.images, source.targets = source.images[keep], source.targets[keep]
        images = nn.functional.interpolate(
            source.images, size=(size, size), mode="bilinear", align_corners=False
        )
        self.images = (images - MEAN) / STD if normalize else images * 255
        self.labels = source.targets + label_offset
        self.classes = [str(digit) for digit in range(10)]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.images[index], self.labels[index]


class LeNet5(nn.Module):
    def __init__(self, num_classes=10, activation="relu", probabilities=False):
        super().__init__()
        act = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}[activation]
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2),
            act(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5),
            act(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Linear(16 * 5 * 5, 120),
            act(),
            nn.Linear(120, 84),
            act(),
            nn.Linear(84, num_classes),
        )
        self.probabilities = probabilities

    def forward(self, x):
        x = self.features(x)
        x = torch.flatten(x, 1)
        x = self.classifier(x)
        if self.probabilities:
            return torch.softmax(x, dim=1)
        return x
