"""Tags of an aerial picture, several at once: a CNN and a metric that counts tags found."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

TAGS = ["cloud", "field", "house", "road", "tree", "water"]


class AerialTiles(Dataset):
    def __init__(self, size, seed):
        r = np.random.RandomState(seed)
        self.x, self.y = [], []
        while len(self.x) < size:
            tags = r.rand(6) < 0.4
            if tags.any():
                self.x.append(self.tile(r, tags))
                self.y.append(tags.astype("float32"))

    @staticmethod
    def tile(r, tags):
        t = np.array([0.45, 0.4, 0.3]) + r.normal(0, 0.03, (24, 24, 1))
        yy, xx = np.mgrid[:24, :24]
        cloud, field, house, road, tree, water = tags
        if field:
            row = r.randint(0, 14)
            t[row : row + 9, :, :] = [0.55, 0.6, 0.2]
            t[row : row + 9 : 2, :, :] = [0.4, 0.5, 0.15]
        if water:
            col = r.randint(0, 16)
            t[:, col : col + 7] = [0.1, 0.25, 0.55]
        if road:
            c, a = r.randint(4, 20), r.uniform(-0.5, 0.5)
            t[abs(xx - c - a * (yy - 12)) < 1.5] = [0.35, 0.35, 0.37]
        if tree:
            for _ in range(6):
                cy, cx = r.randint(1, 23, 2)
                t[(yy - cy) ** 2 + (xx - cx) ** 2 < 5] = [0.05, 0.3, 0.08]
        if house:
            cy, cx = r.randint(2, 17, 2)
            t[cy : cy + 5, cx : cx + 5] = [0.7, 0.2, 0.15]
        if cloud:
            cy, cx = r.randint(3, 21, 2)
            t += 0.6 * np.exp(-((yy - cy) ** 2 + (xx - cx) ** 2) / 18)[..., None]
        return np.transpose(t.clip(0, 1), (2, 0, 1)).astype("float32")

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return torch.as_tensor(self.x[i]), torch.as_tensor(self.y[i])


class TagNet(nn.Module):
    def __init__(self, nTags=6):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 32, 3, padding=1),
            nn.ReLU(),
            nn.AdaptiveMaxPool2d(1),
        )
        self.classifier = nn.Linear(32, nTags)

    def forward(self, x):
        x = self.features(x)
        return self.classifier(torch.flatten(x, 1))


class TagF1:
    """F1 over all tags of all pictures; a tag is on where its sigmoid is above one half."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.hits, self.said, self.true = 0.0, 0.0, 0.0

    def update(self, outputs, targets):
        on = (torch.sigmoid(outputs) > 0.5).float()
        self.hits += float((on * targets).sum())
        self.said += float(on.sum())
        self.true += float(targets.sum())

    def compute(self):
        return torch.tensor(2 * self.hits / max(self.said + self.true, 1.0))
