"""Eight printed letters, drawn small and shaky, for the convolutional network of the old MNIST example."""

import random

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import nn
from torch.utils.data import Dataset

LETTERS = "AEHKLOTX"
STROKES = {
    "A": [(0, 8, 4, 0), (4, 0, 8, 8), (2, 5, 6, 5)],
    "E": [(0, 0, 0, 8), (0, 0, 7, 0), (0, 4, 5, 4), (0, 8, 7, 8)],
    "H": [(0, 0, 0, 8), (7, 0, 7, 8), (0, 4, 7, 4)],
    "K": [(0, 0, 0, 8), (0, 4, 7, 0), (0, 4, 7, 8)],
    "L": [(0, 0, 0, 8), (0, 8, 7, 8)],
    "O": [
        (2, 0, 6, 0),
        (8, 2, 8, 6),
        (6, 8, 2, 8),
        (0, 6, 0, 2),
        (0, 2, 2, 0),
        (6, 0, 8, 2),
        (8, 6, 6, 8),
        (2, 8, 0, 6),
    ],
    "T": [(0, 0, 8, 0), (4, 0, 4, 8)],
    "X": [(0, 0, 8, 8), (8, 0, 0, 8)],
}


def draw(letter, rng):
    image = Image.new("L", (16, 16))
    pen = ImageDraw.Draw(image)
    dx, dy, size = rng.uniform(1, 5), rng.uniform(1, 5), rng.uniform(0.85, 1.25)
    for x1, y1, x2, y2 in STROKES[letter]:
        a, b, c, d = (v * size + rng.gauss(0, 0.35) for v in (x1, y1, x2, y2))
        pen.line((a + dx, b + dy, c + dx, d + dy), fill=rng.randint(150, 255), width=rng.choice((1, 2)))
    return image


class Letters(Dataset):
    classes = tuple(LETTERS)

    def __init__(self, count, seed):
        rng = random.Random(seed)
        noise = np.random.RandomState(seed)
        self.y = [i % len(LETTERS) for i in range(count)]
        pictures = np.stack([np.asarray(draw(LETTERS[label], rng)) for label in self.y])
        pictures = pictures / 255.0 + 0.1 * noise.randn(*pictures.shape)
        self.x = torch.tensor(pictures.clip(0, 1), dtype=torch.float32)[:, None]

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


def mnist_convnet(num_classes=8):
    return nn.Sequential(
        nn.Conv2d(1, 16, (3, 3)),
        nn.ReLU(),
        nn.Conv2d(16, 32, (3, 3)),
        nn.ReLU(),
        nn.MaxPool2d((2, 2)),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(32 * 6 * 6, 64),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(64, num_classes),
    )
