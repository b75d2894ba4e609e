"""Read the boiler's dial: where is the tip of the needle?"""

import numpy as np
from PIL import Image, ImageDraw
from torch import nn
from torch.utils.data import Dataset

S = 24


def dial(rng):
    angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.6, 0.9)
    tip = np.array([np.cos(angle), np.sin(angle)]) * reach
    im = Image.new("L", (S * 2, S * 2), int(rng.integers(160, 240)))
    d = ImageDraw.Draw(im)
    d.ellipse([2, 2, 2 * S - 3, 2 * S - 3], outline=90, width=2)
    d.line([S, S, *(S + tip * (S - 2)).tolist()], fill=int(rng.integers(10, 70)), width=3)
    d.ellipse([S - 4, S - 4, S + 4, S + 4], fill=60)
    grey = np.asarray(im.resize((S, S), Image.BILINEAR)) / 255.0
    return (grey + rng.normal(0, 0.03, grey.shape)).astype("float32")[None], tip.astype("float32")


class Dials(Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.data = [dial(rng) for _ in range(n)]

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        return self.data[i]


def conv_block(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.GELU(), nn.MaxPool2d(2))


def fc_block(i, o):
    return nn.Sequential(nn.Linear(i, o), nn.ReLU())


class NeedleNet(nn.Module):
    def __init__(self, last=nn.Linear):
        super().__init__()
        self.features = nn.Sequential(conv_block(1, 8), conv_block(8, 16), conv_block(16, 24))
        self.fc1 = fc_block(24 * 9, 48)
        self.fc2 = last(48, 2)

    def forward(self, x):
        return self.fc2(self.fc1(self.features(x).flatten(1)))


def step(model, batch, loss, l2=1e-5):
    pictures, tips = batch
    predicted = model(pictures)
    penalty = l2 * sum((p**2).sum() for p in model.parameters())
    return {
        "loss": loss(predicted, tips) + penalty,
        "outputs": predicted,
        "targets": tips,
        "penalty": penalty,
    }
