"""Handwritten digits with random shifts and mixup, a small network with GroupNorm."""

import torch
import torch.nn.functional as F
from torch import nn


class Jitter:
    def __call__(self, img):
        dy, dx = torch.randint(-1, 2, (2,)).tolist()
        img = F.pad(img, (1, 1, 1, 1))
        return img[:, 1 + dy : 9 + dy, 1 + dx : 9 + dx]


def block(cin, cout):
    return nn.Sequential(nn.Conv2d(cin, cout, 3, padding=1, bias=False), nn.GroupNorm(4, cout), nn.SiLU())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = block(1, 16)
        self.b1 = block(16, 16)
        self.b2 = block(16, 32)
        self.head = nn.Linear(32 * 16, 10)

    def forward(self, x):
        x = self.stem(x)
        x = x + self.b1(x)
        x = F.max_pool2d(self.b2(x), 2)
        return self.head(x.flatten(1))


def mixup_step(model, batch, loss):
    x, y = batch
    if not model.training:
        out = model(x)
        return {"loss": loss(out, y), "outputs": out, "targets": y}
    lam = torch.distributions.Beta(0.2, 0.2).sample().item()
    lam = max(lam, 1 - lam)
    perm = torch.randperm(len(x), device=x.device)
    out = model(lam * x + (1 - lam) * x[perm])
    return {"loss": lam * loss(out, y) + (1 - lam) * loss(out, y[perm]), "outputs": out, "targets": y}
