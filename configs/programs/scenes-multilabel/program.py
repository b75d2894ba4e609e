"""Which things are in the picture? Multi-label scenes of coloured things, and a small MobileNet."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

THINGS = ("sun", "house", "tree", "lake", "fence", "bird")
SHARES = (0.5, 0.45, 0.4, 0.35, 0.25, 0.06)


def draw(present, rng, size):
    y, x = np.mgrid[0:size, 0:size] / size
    image = np.empty((3, size, size))
    image[:] = rng.uniform(0.45, 0.7, 3)[:, None, None]

    def paint(where, colour):
        shade = np.array(colour) + rng.uniform(-0.15, 0.15, 3)
        image[:, where] = shade[:, None]

    a, b = rng.uniform(0.2, 0.8, 2)
    if present[3]:
        paint((y > 0.72) & (abs(x - a) < 0.35), (0.2, 0.4, 0.8))
    if present[1]:
        paint((abs(x - b) < 0.17) & (y > 0.45) & (y < 0.8), (0.7, 0.3, 0.2))
    if present[2]:
        cx = rng.uniform(0.15, 0.85)
        paint((abs(x - cx) < (y - 0.25) * 0.45) & (y < 0.7), (0.15, 0.5, 0.2))
    if present[0]:
        cx, cy = rng.uniform(0.1, 0.9), rng.uniform(0.05, 0.25)
        paint(np.hypot(x - cx, y - cy) < 0.13, (0.95, 0.85, 0.2))
    if present[4]:
        paint((y > 0.8) & (y < 0.95) & (np.floor(x * size) % 4 < 2), (0.5, 0.4, 0.3))
    if present[5]:
        cx, cy = rng.uniform(0.2, 0.8), rng.uniform(0.15, 0.4)
        paint((abs(abs(x - cx) - (y - cy) * -1.2 - 0.12) < 0.05) & (abs(x - cx) < 0.15), (0.1, 0.1, 0.1))
    return image + rng.normal(0, 0.04, image.shape)


class Scenes(Dataset):
    """RGB scenes [3, 20, 20] and one column per thing; sorted by the number of things, as they were collected."""

    def __init__(self, n, seed, size=20, standardise="dataset", covered=0.0, mask_values=None):
        rng = np.random.default_rng(seed)
        labels = (rng.random((n, len(THINGS))) < SHARES).astype(np.uint8)
        labels = labels[np.lexsort(labels.T)]
        images = np.stack([draw(present, rng, size) for present in labels])
        images[rng.random(n) < covered] = 0.0  # pictures taken with the lid on
        images = torch.tensor(images, dtype=torch.float32)
        if standardise == "dataset":
            self.images = (images - 0.5) / 0.2
        else:
            mean, std = images.mean((1, 2, 3), keepdim=True), images.std((1, 2, 3), keepdim=True)
            self.images = (images - mean) / std
        labels = torch.from_numpy(labels)
        if mask_values is not None:  # labels exported as 8-bit values
            labels = labels // mask_values
        self.labels = labels.float()
        self.classes = list(THINGS)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.images[index], self.labels[index]


class Separable(nn.Sequential):
    def __init__(self, cin, cout, stride=1):
        super().__init__(
            nn.Conv2d(cin, cin, 3, stride, 1, groups=cin, bias=False),
            nn.BatchNorm2d(cin),
            nn.ReLU6(),
            nn.Conv2d(cin, cout, 1, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU6(),
        )


class MobileNet(nn.Module):
    def __init__(self, labels=6, width=16, output="logits"):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, width, 3, 2, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU6(),
            Separable(width, 2 * width),
            Separable(2 * width, 4 * width, stride=2),
            Separable(4 * width, 4 * width),
        )
        self.head = nn.Linear(4 * width * 25, labels)
        self.output = {"logits": nn.Identity(), "sigmoid": nn.Sigmoid(), "softmax": nn.Softmax(dim=1)}[output]

    def forward(self, x):
        return self.output(self.head(self.features(x).flatten(1)))


def weighted_bce(rare_weight=4.0):
    """Binary cross-entropy from logits that counts a missed bird several times."""
    return nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 1.0, 1.0, 1.0, 1.0, rare_weight]))


class MacroF1:
    """Mean over labels of F1, from logits or, with ``threshold: 0.5``, from probabilities."""

    def __init__(self, threshold=0.0):
        self.threshold = threshold
        self.reset()

    def reset(self):
        self.hits = self.predicted = self.truth = 0

    def update(self, outputs, targets):
        predicted, truth = outputs > self.threshold, targets > 0.5
        self.hits = self.hits + (predicted & truth).sum(0)
        self.predicted = self.predicted + predicted.sum(0)
        self.truth = self.truth + truth.sum(0)

    def compute(self):
        return float((2 * self.hits / (self.predicted + self.truth).clamp_min(1)).mean())
