"""Robotics course: where is the marker? Camera picture in, (x, y) from the centre of the picture out."""

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import nn
from torch.utils.data import Dataset


def camera(rng):
    x, y = rng.uniform(-0.75, 0.75, 2)
    col, row = (x + 1) * 14, (y + 1) * 14
    picture = Image.new("L", (28, 28), int(rng.uniform(30, 80)))
    pen = ImageDraw.Draw(picture)
    for _ in range(3):  # scratches on the floor
        pen.line([tuple(rng.uniform(0, 28, 2)), tuple(rng.uniform(0, 28, 2))], fill=int(rng.uniform(80, 120)))
    pen.ellipse([col - 3, row - 3, col + 3, row + 3], fill=230)
    pen.point([(col, row)], fill=0)
    pixels = np.asarray(picture, dtype=np.float32) / 255 + rng.normal(0, 0.04, (28, 28)).astype(np.float32)
    return pixels[None], np.array([x, y], dtype=np.float32)


class MarkerImages(Dataset):
    def __init__(self, howMany, seed):
        rng = np.random.default_rng(seed)
        self.data = [camera(rng) for _ in range(howMany)]

    def __len__(self):
        return len(self.data)

    def __getitem__(self, idx):
        image, position = self.data[idx]
        return torch.as_tensor(image), torch.as_tensor(position)


class MarkerNet(nn.Module):
    def __init__(self, lastActivation=None):
        super().__init__()
        self.layer1 = nn.Sequential(nn.Conv2d(1, 8, 5, stride=2, padding=2), nn.BatchNorm2d(8), nn.ReLU())
        self.layer2 = nn.Sequential(nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU())
        self.fc1 = nn.Linear(16 * 7 * 7, 64)
        self.fc2 = nn.Linear(64, 2)
        self.lastActivation = lastActivation or nn.Identity()

    def forward(self, image):
        out = self.layer2(self.layer1(image))
        out = torch.relu(self.fc1(out.flatten(1)))
        return self.lastActivation(self.fc2(out))
