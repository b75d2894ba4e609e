"""Finds the one object of a picture: what it is, and its box in shares of the picture."""

import torch
from torch import nn
from torch.utils.data import Dataset

NAMES = ("disc", "square", "cross")


class Objects(Dataset):
    classes = NAMES

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        r = torch.arange(28.0)
        yy, xx = torch.meshgrid(r, r, indexing="ij")
        self.kind = torch.randint(3, (n,), generator=g)
        half = 4 + 3 * torch.rand(n, generator=g)
        cy = half + (27 - 2 * half) * torch.rand(n, generator=g)
        cx = half + (27 - 2 * half) * torch.rand(n, generator=g)
        self.box = torch.stack([cx, cy, half], 1) / 28
        dy = (yy - cy[:, None, None]).abs() / half[:, None, None]
        dx = (xx - cx[:, None, None]).abs() / half[:, None, None]
        square = torch.maximum(dx, dy) <= 1
        shapes = torch.stack([dx**2 + dy**2 <= 1, square, square & (torch.minimum(dx, dy) < 0.3)], 1)
        drawn = shapes[torch.arange(n), self.kind].float()
        self.x = (drawn + 0.08 * torch.randn(n, 28, 28, generator=g))[:, None]

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return {"image": self.x[i], "label": self.kind[i], "box": self.box[i]}


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        layers, last = [], 1
        for w in (12, 24, 32):
            layers += [nn.Conv2d(last, w, 3, stride=2, padding=1), nn.BatchNorm2d(w), nn.ReLU()]
            last = w
        self.trunk = nn.Sequential(*layers, nn.Flatten(), nn.Linear(32 * 16, 64), nn.ReLU())
        self.cls, self.reg = nn.Linear(64, 3), nn.Linear(64, 3)

    def forward(self, x):
        h = self.trunk(x)
        return self.cls(h), torch.sigmoid(self.reg(h))


def step(model, batch, loss):
    logits, box = model(batch["image"])
    ce = loss(logits, batch["label"])
    l1 = nn.functional.smooth_l1_loss(box, batch["box"], beta=0.05)
    return {"loss": ce + 10 * l1, "outputs": logits, "targets": batch["label"]}
