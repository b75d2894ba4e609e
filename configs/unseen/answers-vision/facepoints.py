"""Five facial key points on small grey drawings, after a tutorial for the Kaggle set."""

import random

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset

W = 24


def draw_face(rng):
    ys, xs = np.mgrid[0:W, 0:W]
    cx, cy = rng.uniform(8.5, 14.5), rng.uniform(9.5, 13.5)
    w, h = rng.uniform(5.5, 7.5), rng.uniform(6.5, 8.5)
    tilt = rng.uniform(-0.25, 0.25)
    offsets = np.array([[-0.45, -0.3], [0.45, -0.3], [0.0, 0.1], [-0.35, 0.5], [0.35, 0.5]])
    turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    points = (offsets * [w, h]) @ turn + [cx, cy]
    img = 0.2 + 0.5 * ((((xs - cx) / w) ** 2 + ((ys - cy) / h) ** 2) < 1.1)
    for k, (px, py) in enumerate(points):
        depth, width = [(0.6, 1.1), (0.6, 1.1), (-0.3, 0.9), (0.35, 0.9), (0.35, 0.9)][k]
        img = img - depth * np.exp(-((xs - px) ** 2 + (ys - py) ** 2) / (2 * width**2))
    return img + rng.normal(0, 0.03, (W, W)), points


class RandomFlip:
    def __init__(self, p, pairs=None):
        self.p = p
        self.pairs = pairs

    def __call__(self, image, key_pts):
        if random.random() < self.p:
            image = image[:, ::-1].copy()
            if self.pairs is not None:
                key_pts = key_pts[self.pairs].copy()
                key_pts[:, 0] = (W - 1) - key_pts[:, 0]
        return image, key_pts


class FacePoints(Dataset):
    def __init__(self, n, seed, transform=None):
        rng = np.random.default_rng(seed)
        self.faces = [draw_face(rng) for _ in range(n)]
        self.transform = transform

    def __len__(self):
        return len(self.faces)

    def __getitem__(self, idx):
        image, key_pts = self.faces[idx]
        if self.transform:
            image, key_pts = self.transform(image, key_pts)
        key_pts = (key_pts - 12.0) / 6.0
        return torch.from_numpy(image).unsqueeze(0).float(), torch.from_numpy(key_pts).float().view(-1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5, padding=2)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.conv3 = nn.Conv2d(32, 32, 3, padding=1)
        self.fc1 = nn.Linear(32 * 6 * 6, 100)
        self.fc2 = nn.Linear(100, 10)

    def forward(self, x):
        x = F.max_pool2d(F.elu(self.conv1(x)), 2)
        x = F.max_pool2d(F.elu(self.conv2(x)), 2)
        x = F.elu(self.conv3(x))
        x = x.view(x.size(0), -1)
        x = F.elu(self.fc1(x))
        return self.fc2(x)
