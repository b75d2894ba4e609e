"""Quick drawings as pen strokes: a small 1-D encoder and a linear head."""

import math

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

SHAPES = ("circle", "triangle", "square", "zigzag", "spiral", "eight")
STEPS = 48


def outline(shape, t):
    if shape == "circle":
        return np.cos(2 * np.pi * t), np.sin(2 * np.pi * t)
    if shape in ("triangle", "square"):
        n = 3 if shape == "triangle" else 4
        corner, part = np.divmod(t * n, 1)
        a, b = 2 * np.pi * corner / n, 2 * np.pi * (corner + 1) / n
        return (1 - part) * np.cos(a) + part * np.cos(b), (1 - part) * np.sin(a) + part * np.sin(b)
    if shape == "zigzag":
        return 2 * t - 1, np.abs((t * 8) % 2 - 1) - 0.5
    if shape == "spiral":
        return t * np.cos(4 * np.pi * t), t * np.sin(4 * np.pi * t)
    return np.sin(2 * np.pi * t), np.sin(4 * np.pi * t) / 2


class QuickDraw(Dataset):
    classes = SHAPES

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.labels = rng.integers(0, len(SHAPES), n)
        self.strokes = [self._stroke(rng, SHAPES[k]) for k in self.labels]

    def _stroke(self, rng, shape):
        t = np.linspace(0, 1, STEPS + 1)
        start = 0.0 if shape in ("zigzag", "spiral") else rng.random()
        x, y = outline(shape, (t + start) % 1.0 if start else np.clip(t, 0, 0.999))
        turn, scale = rng.uniform(0, 2 * math.pi), rng.uniform(0.6, 1.4)
        xy = scale * np.stack(
            [x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)]
        )
        if rng.random() < 0.5:
            xy = xy[:, ::-1]
        move = np.diff(xy) * 6 + rng.normal(0, 0.12, (2, STEPS))
        return torch.tensor(move.copy(), dtype=torch.float32)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.strokes[i], int(self.labels[i])


class SketchNet(nn.Module):
    def __init__(self, dim=48):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv1d(2, 32, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Conv1d(32, dim, 5, padding=2),
            nn.ReLU(),
        )
        self.head = nn.Linear(dim, len(SHAPES))

    def embed(self, strokes):
        return self.encoder(strokes).mean(dim=-1)

    def forward(self, strokes):
        return self.head(self.embed(strokes))


class SketchNetTidy(SketchNet):
    @torch.no_grad()
    def embed(self, strokes):
        """Also for the t-SNE plot."""
        return self.encoder(strokes).mean(dim=-1)
