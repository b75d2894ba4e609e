"""Tell leaves by their veins, on a frozen body that was trained on stripes of all kinds before."""

import functools
import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset

SIDE = 24


def stripes(gen, angle, period):
    ys, xs = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    phase = torch.rand(1, generator=gen) * 6.28
    return torch.sin(2 * math.pi * (xs * math.cos(angle) + ys * math.sin(angle)) / period + phase)


def source_batch(gen, n):
    """Twelve kinds of stripes: six angles, two periods."""
    y = torch.randint(0, 12, (n,), generator=gen)
    x = torch.stack([stripes(gen, (k % 6) * math.pi / 6, 3.5 if k < 6 else 7.0) for k in y.tolist()])
    x = 0.5 + 0.06 * x + 0.05 * torch.randn(n, SIDE, SIDE, generator=gen)
    return x.unsqueeze(1), y


class Leaves(Dataset):
    classes = ("birch", "elm", "lime", "maple", "oak", "rowan")

    def __init__(self, n, seed):
        gen = torch.Generator().manual_seed(seed)
        self.labels = [i % 6 for i in range(n)]
        self.images = [self.leaf(gen, k) for k in self.labels]

    @staticmethod
    def leaf(gen, kind):
        jitter = (torch.rand(2, generator=gen) - 0.5).tolist()
        first = stripes(gen, 0.35 + 0.5 * kind + 0.2 * jitter[0], 4.0 + jitter[1])
        second = stripes(gen, -0.35 - 0.5 * kind + 0.2 * jitter[1], 6.5 + jitter[0])
        img = 0.5 + 0.05 * first + 0.04 * second + 0.05 * torch.randn(SIDE, SIDE, generator=gen)
        return img.unsqueeze(0)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, item):
        return self.images[item], self.labels[item]


class Body(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5, padding=2, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(32)
        self.conv3 = nn.Conv2d(32, 48, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(48)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)
        x = F.relu(self.bn3(self.conv3(x)))
        return x.mean(dim=(2, 3))


@functools.cache
def pretrained_body():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(77)
        gen = torch.Generator().manual_seed(78)
        x, y = source_batch(gen, 1600)
        body, fc = Body(), nn.Linear(48, 12)
        opt = torch.optim.Adam([*body.parameters(), *fc.parameters()], lr=4e-3)
        with torch.enable_grad():
            for step in range(75):
                rows = torch.arange(step * 64, step * 64 + 64) % 1600
                opt.zero_grad()
                F.cross_entropy(fc(body(x[rows])), y[rows]).backward()
                opt.step()
    return body.eval()


class LeafNet(nn.Module):
    def __init__(self, n_classes=6, whole=True):
        super().__init__()
        source = pretrained_body()
        self.body = Body()
        if whole:
            self.body.load_state_dict(source.state_dict())
        else:
            for mine, theirs in zip(self.body.parameters(), source.parameters(), strict=True):
                mine.data.copy_(theirs.data)
        for p in self.body.parameters():
            p.requires_grad = False
        self.fc = nn.Linear(48, n_classes)

    def train(self, mode=True):
        super().train(mode)
        self.body.eval()  # a frozen body stays as it is
        return self

    def forward(self, x):
        return self.fc(self.body(x))


def head_only(model, lr):
    return torch.optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr=lr)
