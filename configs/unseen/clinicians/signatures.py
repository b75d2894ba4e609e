"""Same writer or not: a Siamese net with a contrastive loss over pairs of scribbles."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset

WRITERS = 8


def scribble(style, rng):
    """One signature of a writer: a closed curve of three waves, each a little off every time."""
    t = np.linspace(0, 2 * np.pi, 160)
    a = style + rng.normal(0, 0.03, style.shape)
    x = sum(a[0, k] * np.sin((k + 1) * t + a[1, k]) for k in range(3))
    y = sum(a[2, k] * np.sin((k + 1) * t + a[3, k]) for k in range(3))
    img = np.zeros((28, 28), dtype="float32")
    col = (13.5 + 5 * x + rng.normal(0, 0.3)).round().astype(int).clip(0, 27)
    row = (13.5 + 5 * y + rng.normal(0, 0.3)).round().astype(int).clip(0, 27)
    img[row, col] = 1.0
    return img[None]


class SignaturePairs(Dataset):
    def __init__(self, pairs, per_writer, seed):
        styles = np.random.default_rng(1).uniform(-1, 1, (WRITERS, 4, 3)) * np.array([1, 3, 1, 3])[:, None]
        rng = np.random.default_rng(seed)
        self.imgs = [[scribble(s, rng) for _ in range(per_writer)] for s in styles]
        self.pairs = []
        for i in range(pairs):
            w0 = rng.integers(WRITERS)
            w1 = w0 if i % 2 == 0 else (w0 + rng.integers(1, WRITERS)) % WRITERS
            first, second = rng.integers(per_writer, size=2)
            self.pairs.append((w0, first, w1, second, float(w0 != w1)))

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        w0, i, w1, j, label = self.pairs[index]
        return torch.from_numpy(self.imgs[w0][i]), torch.from_numpy(self.imgs[w1][j]), torch.tensor(label)


class SiameseNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn1 = nn.Sequential(
            nn.Conv2d(1, 8, 5, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
        )
        self.fc1 = nn.Sequential(nn.Linear(16 * 7 * 7, 64), nn.ReLU(inplace=True), nn.Linear(64, 8))

    def forward_once(self, x):
        output = self.cnn1(x)
        output = output.view(output.size()[0], -1)
        return self.fc1(output)

    def forward(self, input1, input2):
        return self.forward_once(input1), self.forward_once(input2)


class ContrastiveLoss(nn.Module):
    def __init__(self, margin=2.0):
        super().__init__()
        self.margin = margin

    def distance(self, output1, output2):
        return torch.sqrt(torch.sum((output1 - output2) ** 2, dim=1))

    def forward(self, output1, output2, label):
        dist = self.distance(output1, output2)
        return torch.mean((1 - label) * dist**2 + label * torch.clamp(self.margin - dist, min=0.0) ** 2)


class PairwiseContrastiveLoss(ContrastiveLoss):
    def distance(self, output1, output2):
        return F.pairwise_distance(output1, output2)


def pair_step(model, batch, criterion):
    img0, img1, label = batch
    output1, output2 = model(img0, img1)
    return criterion(output1, output2, label)
