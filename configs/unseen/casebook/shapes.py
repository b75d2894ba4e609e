"""Small grey pictures of five figures, and a convolutional network with a kernel_regularizer as Keras has it."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset

SIZE = 16
FIGURES = ["square", "disc", "cross", "triangle", "ring"]


def draw(kind, rng):
    yy, xx = np.mgrid[0:SIZE, 0:SIZE].astype(float)
    cy, cx = rng.uniform(5.5, 9.5, 2)
    r = rng.uniform(3.2, 5.2)
    dy, dx = yy - cy, xx - cx
    far = np.hypot(dy, dx)
    if kind == "square":
        on = (abs(dy) < 0.85 * r) & (abs(dx) < 0.85 * r)
    elif kind == "disc":
        on = far < r
    elif kind == "cross":
        on = ((abs(dy) < 1.2) & (abs(dx) < r)) | ((abs(dx) < 1.2) & (abs(dy) < r))
    elif kind == "triangle":
        on = (dy < 0.8 * r) & (dy > -r) & (abs(dx) < (dy + r) * 0.6)
    else:
        on = (far < r) & (far > r - 1.8)
    picture = on * rng.uniform(0.55, 1.0) + rng.normal(0, 0.12, (SIZE, SIZE))
    return np.clip(picture, 0, 1)


class Figures(Dataset):
    classes = FIGURES

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.y = np.arange(n) % 5
        self.X = np.stack([draw(FIGURES[k], rng) for k in self.y]).astype("float32")

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return torch.from_numpy(self.X[i][None]), int(self.y[i])


class FigureNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.fc1 = nn.Linear(16 * 4 * 4, 32)
        self.fc2 = nn.Linear(32, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(x, 1)
        return self.fc2(F.relu(self.fc1(x)))


class TrainStep:
    def __init__(self, l2):
        self.l2 = l2

    def __call__(self, model, batch, criterion):
        images, labels = batch
        logits = model(images)
        reg = 0.0
        for layer in (model.conv1, model.conv2, model.fc1, model.fc2):
            reg = reg + self.l2 * layer.weight.pow(2).sum()
        return {"loss": criterion(logits, labels) + reg, "outputs": logits, "targets": labels, "penalty": reg}
