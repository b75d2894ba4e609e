"""A Keras network for small colour pictures, ported layer by layer."""

import numpy as np
import torch
from torch import nn

SIZE = 16


def load_data(n, seed):
    """Return what keras.datasets.*.load_data() gives: uint8 pictures [N, H, W, 3] and labels [N, 1]."""
    rng = np.random.default_rng(seed)
    yy, xx = np.mgrid[:SIZE, :SIZE]
    x = np.empty((n, SIZE, SIZE, 3), dtype=np.uint8)
    y = rng.integers(0, 6, size=(n, 1))
    for i, kind in enumerate(y[:, 0]):
        cy, cx, r = rng.uniform(6, 10), rng.uniform(6, 10), rng.uniform(3.5, 5.5)
        dy, dx = yy - cy, xx - cx
        shape = [
            np.hypot(dy, dx) < r,
            np.maximum(abs(dy), abs(dx)) < r * 0.9,
            abs(np.hypot(dy, dx) - r) < 1.1,
            np.minimum(abs(dy), abs(dx)) < 1.2,
            np.minimum(abs(dy - dx), abs(dy + dx)) < 1.6,
            abs(dy) + abs(dx) < r * 1.2,
        ][kind]
        if kind in (3, 4):
            shape = shape & (np.maximum(abs(dy), abs(dx)) < r)
        front, back = rng.uniform(0, 255, 3), rng.uniform(0, 255, 3)
        while np.abs(front - back).sum() < 200:
            front = rng.uniform(0, 255, 3)
        picture = np.where(shape[..., None], front, back) + rng.normal(0, 16, (SIZE, SIZE, 3))
        x[i] = picture.clip(0, 255)
    return x, y


class KerasData(torch.utils.data.Dataset):
    def __init__(self, n, seed, transpose):
        x, y = load_data(n, seed)
        x = x.astype("float32") / 255
        x = x.transpose(0, 3, 1, 2).copy() if transpose else x.reshape(-1, 3, SIZE, SIZE)
        self.x_data = torch.from_numpy(x)
        self.y_data = torch.from_numpy(y).squeeze()

    def __len__(self):
        return len(self.x_data)

    def __getitem__(self, index):
        return self.x_data[index], self.y_data[index]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv2d_1 = nn.Conv2d(3, 16, 3, padding="same")
        self.conv2d_2 = nn.Conv2d(16, 16, 3)
        self.conv2d_3 = nn.Conv2d(16, 32, 3, padding="same")
        self.maxpool = nn.MaxPool2d(2)
        self.flatten = nn.Flatten()
        self.dense_1 = nn.Linear(32 * 3 * 3, 64)
        self.dense_2 = nn.Linear(64, 6)

    def forward(self, x):
        x = torch.relu(self.conv2d_1(x))
        x = self.maxpool(torch.relu(self.conv2d_2(x)))
        x = self.maxpool(torch.relu(self.conv2d_3(x)))
        x = torch.relu(self.dense_1(self.flatten(x)))
        return self.dense_2(x)
