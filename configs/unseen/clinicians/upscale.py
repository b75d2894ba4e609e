"""Double the resolution of small pictures: bilinear first, then a net that adds what is missing."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset


def picture(rng, size=24):
    """Hard-edged bars, discs and boards in grey."""
    y, x = np.mgrid[:size, :size]
    img = np.full((size, size), rng.uniform(0.2, 0.8))
    for _ in range(4):
        grey = rng.uniform(0, 1)
        kind = rng.integers(3)
        cy, cx, r = *rng.integers(2, size - 2, 2), rng.integers(3, 9)
        if kind == 0:
            img[(y - cy) ** 2 + (x - cx) ** 2 < r * r] = grey
        elif kind == 1:
            img[(abs(y - cy) < r) & (abs(x - cx) < r) & ((x // 2 + y // 2) % 2 == 0)] = grey
        else:
            img[(abs(y - cy) < r) & (abs(x - cx) < 2)] = grey
    return img.astype(np.float32)


class Pictures(Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.hr = torch.from_numpy(np.stack([picture(rng) for _ in range(n)])).unsqueeze(1)
        blurred = nn.functional.avg_pool2d(self.hr, 3, stride=1, padding=1, count_include_pad=False)
        self.lr = blurred[:, :, ::2, ::2].contiguous()

    def __getitem__(self, index):
        return self.lr[index], self.hr[index]

    def __len__(self):
        return self.hr.shape[0]


class VDSRlike(nn.Module):
    def __init__(self, width=16, depth=4, last_act=True):
        super().__init__()
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        net = []
        for i in range(depth):
            net.append(nn.Conv2d(1 if i == 0 else width, 1 if i == depth - 1 else width, 3, 1, 1))
            net.append(nn.ReLU())
        if not last_act:
            net.pop()
        self.net = nn.Sequential(*net)

    def forward(self, x):
        x = self.up(x)
        return x + self.net(x)
