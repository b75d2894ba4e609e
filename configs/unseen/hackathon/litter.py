"""Litter on the beach: which bin does it go to? Small colour photographs, one thing on sand in each."""

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import nn
from torch.utils.data import Dataset

BINS = ("glass", "cans", "paper", "organic")
COLOURS = {
    "glass": [(40, 130, 60), (60, 140, 90), (110, 70, 30)],
    "cans": [(190, 40, 40), (150, 155, 165), (200, 60, 30)],
    "paper": [(235, 232, 220), (205, 190, 160), (225, 225, 235)],
    "organic": [(225, 200, 40), (200, 180, 60), (150, 160, 40)],
}


def snap(rng, kind):
    sand = np.array([190, 165, 125]) + rng.normal(0, 10, 3)
    im = Image.fromarray((sand + rng.normal(0, 14, (24, 24, 3))).clip(0, 255).astype("uint8"))
    d = ImageDraw.Draw(im)
    c = tuple(int(v) for v in (np.array(COLOURS[kind][rng.integers(3)]) + rng.normal(0, 12, 3)).clip(0, 255))
    x, y = rng.integers(3, 10, 2)
    if kind == "glass":
        d.rectangle([x + 2, y + 4, x + 7, y + 13], fill=c)
        d.rectangle([x + 4, y, x + 5, y + 4], fill=c)
    elif kind == "cans":
        d.rectangle([x + 1, y + 3, x + 8, y + 11], fill=c)
        d.ellipse([x + 1, y + 1, x + 8, y + 5], fill=tuple(v // 2 for v in c))
    elif kind == "paper":
        d.polygon(
            [(x + int(a), y + int(b)) for a, b in zip((0, 6, 12, 7), rng.integers(0, 12, 4), strict=True)],
            fill=c,
        )
    else:
        d.arc([x, y, x + 11, y + 11], int(rng.integers(360)), int(rng.integers(360)) + 200, fill=c, width=3)
    return np.asarray(im)


def pillow_to_tensor(photo):
    return torch.from_numpy(photo.copy()).permute(2, 0, 1).float() / 255 - 0.5


def camera_to_tensor(photo):
    frame = photo[:, :, ::-1].copy()  # what the webcam's imread hands over
    return torch.from_numpy(frame).permute(2, 0, 1).float() / 255 - 0.5


class Beach(Dataset):
    classes = BINS

    def __init__(self, n, seed, to_tensor=pillow_to_tensor):
        rng = np.random.default_rng(seed)
        self.y = rng.integers(0, 4, n)
        self.photos = [snap(rng, BINS[k]) for k in self.y]
        self.to_tensor = to_tensor

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.to_tensor(self.photos[i]), int(self.y[i])


def conv(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(), nn.MaxPool2d(2))


class BinNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(conv(3, 12), conv(12, 16), conv(16, 24))
        self.neck = nn.Sequential(nn.Flatten(), nn.Linear(24 * 9, 32), nn.ReLU())
        self.head = nn.Linear(32, 4)

    def forward(self, x):
        return self.head(self.neck(self.body(x)))


def sgd(model, lr, parts=("body", "neck", "head")):
    groups = [{"params": getattr(model, part).parameters()} for part in parts]
    return torch.optim.SGD(groups, lr=lr, momentum=0.9, nesterov=True)
