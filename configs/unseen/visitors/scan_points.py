"""Laser scan of a park: is this point ground, tree, wall or lamp post? PointNet-like segmentation, [B, 3, N] -> [B, 4, N]."""

import itertools

import numpy as np
import torch
from torch import nn


def scene(rng, n=160):
    parts = rng.choice(4, size=n, p=[0.4, 0.3, 0.2, 0.1])
    cx, cy = rng.uniform(-3, 3, 2)
    px, py = rng.uniform(-3, 3, 2)
    side = rng.choice([-4.0, 4.0])
    slope = rng.normal(0, 0.05, 2)
    pts = np.empty((n, 3))
    pts[:, :2] = rng.uniform(-4, 4, (n, 2))
    pts[:, 2] = 0
    crown = rng.normal(0, 1, (n, 3))
    crown *= 1.1 / np.linalg.norm(crown, axis=1, keepdims=True)
    tree = parts == 1
    pts[tree] = crown[tree] + [cx, cy, 2.6]
    wall = parts == 2
    pts[wall, 0] = side
    pts[wall, 2] = rng.uniform(0, 3, wall.sum())
    post = parts == 3
    pts[post, 0], pts[post, 1] = px, py
    pts[post, 2] = rng.uniform(0.2, 4, post.sum())
    pts[:, 2] += pts[:, :2] @ slope
    pts += rng.normal(0, 0.06, pts.shape)
    return pts.T.astype(np.float32), parts


class Park(torch.utils.data.Dataset):
    def __init__(self, count, seed):
        rng = np.random.default_rng(seed)
        self.scenes = [scene(rng) for _ in range(count)]

    def __len__(self):
        return len(self.scenes)

    def __getitem__(self, k):
        points, labels = self.scenes[k]
        return torch.from_numpy(points), torch.from_numpy(labels).long()


def shared_mlp(*widths):
    layers = []
    for a, b in itertools.pairwise(widths):
        layers += [nn.Conv1d(a, b, 1, bias=False), nn.BatchNorm1d(b), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class PointSeg(nn.Module):
    def __init__(self):
        super().__init__()
        self.local = shared_mlp(3, 32, 64)
        self.glob = shared_mlp(64, 128)
        self.head = nn.Sequential(shared_mlp(192, 64), nn.Dropout(0.2), nn.Conv1d(64, 4, 1))

    def forward(self, xyz):
        local = self.local(xyz)
        whole = self.glob(local).amax(-1, keepdim=True).expand(-1, -1, xyz.shape[-1])
        return self.head(torch.cat([local, whole], 1))
