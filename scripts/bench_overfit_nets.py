# ruff: noqa: ANN001, ANN201, ANN204, ARG001, D101, D102, D103, FBT002, PLR0917 - as users write them
# mypy: ignore-errors
"""What ``bench_overfit.py`` examines: small data sets, models with and without a planted fault, losses and steps."""

from __future__ import annotations

import itertools
import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import TensorDataset

from cnndoctor.datasets import digits


def seeded(seed):
    return torch.Generator().manual_seed(seed)


# Data: 256 samples each ----------------------------------------------------------------------------------------------


def pictures(scale=1.0, flat=False, shift=0.0):
    data = digits("train")
    images = data.images[:256] * scale + shift
    return TensorDataset(images.flatten(1) if flat else images, data.targets[:256])


def even():
    data = digits("train")
    return TensorDataset(data.images[:256], (data.targets[:256] % 2).float()[:, None])


def rings():
    """Two classes, one around the other: no straight line tells them apart."""
    g = seeded(1)
    angle, label = 2 * math.pi * torch.rand(256, generator=g), torch.arange(256) % 2
    radius = 1 + label + 0.1 * torch.randn(256, generator=g)
    return TensorDataset(torch.stack([radius * angle.cos(), radius * angle.sin()], 1), label)


def many_classes(classes=50):
    g = seeded(2)
    label = torch.arange(256) % classes
    return TensorDataset(torch.randn(256, 32, generator=g), label)


def signals():
    g = seeded(3)
    label = torch.arange(256) % 3
    time = torch.linspace(0, 1, 64)
    turns = (label[:, None] + 2) * 2 * time + torch.rand(256, 1, generator=g)
    return TensorDataset(
        (torch.sin(2 * math.pi * turns) + 0.3 * torch.randn(256, 64, generator=g))[:, None], label
    )


def words():
    g = seeded(4)
    tokens = torch.randint(0, 20, (256, 12), generator=g)
    return TensorDataset(tokens, (tokens < 10).sum(1).gt(6).long())


def attributes(rare=False):
    data = digits("train")
    y = data.targets[:256]
    columns = [y % 2 == 0, y >= 5, (y == 0) | (y == 6) | (y == 8) | (y == 9), y < 8]
    columns = [y == k for k in range(5)] if rare else columns
    return TensorDataset(data.images[:256], torch.stack(columns, 1).float())


def scenes(binary=False, side=16):
    g = seeded(5)
    images, masks = (
        0.2 * torch.randn(256, 1, side, side, generator=g),
        torch.zeros(256, side, side, dtype=torch.long),
    )
    for i in range(256):
        top, left = torch.randint(2, side - 7, (2,), generator=g).tolist()
        size = int(torch.randint(4, 6, (1,), generator=g))
        label = 1 if binary else 1 + i % 2
        images[i, 0, top : top + size, left : left + size] += 1.0 if label == 1 else -1.0
        masks[i, top : top + size, left : left + size] = label
    return TensorDataset(images, masks.float()[:, None] if binary else masks)


def surface(offset=0.0, scale=1.0, flat_target=False, positive=False):
    g = seeded(6)
    x = torch.randn(256, 8, generator=g)
    y = x[:, :1] * x[:, 1:2] + torch.sin(2 * x[:, 2:3]) + 0.1 * torch.randn(256, 1, generator=g)
    y = y.abs() if positive else y
    y = offset + scale * y
    return TensorDataset(x, y[:, 0] if flat_target else y)


def tallies():
    g = seeded(7)
    x = torch.randn(256, 6, generator=g)
    return TensorDataset(x, torch.poisson((1 + x[:, :1]).exp(), generator=g))


class Strips(torch.utils.data.Dataset):
    """Words of symbols, three columns each with a gap behind; the target is the word, with the blank as 0."""

    def __init__(self, size=256, symbols=4, columns=3, first=1):
        g = seeded(8)
        looks = torch.randn(symbols, 6, generator=seeded(9))
        self.samples = []
        for _ in range(size):
            word = torch.randint(0, symbols, (3,), generator=g)
            strip = torch.zeros(3, columns + 1, 6)
            strip[:, :columns] = looks[word][:, None]
            strip = strip.flatten(0, 1) + 0.2 * torch.randn(3 * (columns + 1), 6, generator=g)
            self.samples.append((strip, word + first))

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return self.samples[index]


# Models --------------------------------------------------------------------------------------------------------------


class CNN(nn.Module):
    def __init__(self, outputs=10, norm=False, dropout=0.0, activation="ReLU", width=16, fault=""):
        super().__init__()
        kind = getattr(nn, activation)
        self.features = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1),
            nn.BatchNorm2d(width) if norm else nn.Identity(),
            kind(),
            nn.MaxPool2d(2),
            nn.Conv2d(width, 2 * width, 3, padding=1),
            nn.BatchNorm2d(2 * width) if norm else nn.Identity(),
            kind(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Dropout(dropout),
        )
        self.neck = nn.Linear(8 * width, 2 if fault in {"detached", "frozen"} else 32)
        self.head = nn.Linear(self.neck.out_features, outputs)
        self.fault = fault
        damage(self, fault)

    def forward(self, x):
        x = self.features(x)
        x = self.neck(x.mean(0, keepdim=True).expand_as(x) if self.fault == "mean over batch" else x)
        x = x.detach() if self.fault == "detached" else x
        x = self.head(F.relu(x) if self.fault not in {"detached", "frozen"} else x)
        if self.fault == "softmax":
            return x.softmax(1)
        return x.softmax(0) if self.fault == "softmax over batch" else x


class MLP(nn.Module):
    def __init__(
        self, inputs, outputs, width=64, depth=2, activation="ReLU", end="", flatten=False, fault=""
    ):
        super().__init__()
        sizes = [inputs] + [width] * depth
        self.body = nn.Sequential(
            *[m for a, b in itertools.pairwise(sizes) for m in (nn.Linear(a, b), getattr(nn, activation)())]
        )
        self.head = nn.Linear(width, outputs)
        self.end, self.flatten = end, flatten
        damage(self, fault)

    def forward(self, x):
        x = self.head(self.body(x.flatten(1)))
        x = getattr(torch, self.end)(x) if self.end not in {"", "softmax"} else x
        x = x.softmax(1) if self.end == "softmax" else x
        return x[:, 0] if self.flatten else x


class Signals(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv1d(1, 16, 7, 2), nn.ReLU(), nn.Conv1d(16, 32, 5, 2), nn.ReLU(),
            nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(32, 3),
        )  # fmt: skip


class Reader(nn.Module):
    def __init__(self, kind="GRU"):
        super().__init__()
        self.embedding = nn.Embedding(20, 24)
        self.body = (
            nn.GRU(24, 32, batch_first=True)
            if kind == "GRU"
            else nn.TransformerEncoderLayer(24, 4, 48, dropout=0.1, batch_first=True)
        )
        self.head = nn.Linear(32 if kind == "GRU" else 24, 2)

    def forward(self, x):
        x = self.body(self.embedding(x))
        return self.head(x[0][:, -1] if isinstance(x, tuple) else x.mean(1))


class Dense(nn.Module):
    """An encoder with a skip, as small as they come."""

    def __init__(self, outputs=3, norm=True, fault="", coarse=False):
        super().__init__()
        norms = [nn.BatchNorm2d(c) if norm else nn.Identity() for c in (16, 32)]
        self.outer = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), norms[0], nn.ReLU())
        self.inner = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), norms[1], nn.ReLU())
        self.head = nn.Conv2d(32 if coarse else 48, outputs, 1)
        self.fault, self.coarse = fault, coarse
        damage(self, fault)

    def forward(self, x):
        outer = self.outer(x)
        inner = self.inner(outer)
        if self.fault == "pooled":
            inner = inner.mean((2, 3), keepdim=True).expand_as(inner)
            outer = outer.mean((2, 3), keepdim=True).expand_as(outer)
        if self.coarse:
            return F.interpolate(self.head(inner), scale_factor=2)
        x = self.head(torch.cat([outer, F.interpolate(inner, scale_factor=2)], 1))
        return x.softmax(2) if self.fault == "softmax over rows" else x


class Spell(nn.Module):
    def __init__(self, symbols=5, stride=1, fault=""):
        super().__init__()
        self.body = nn.Conv1d(6, 32, 3, stride, padding=1)
        self.head = nn.Conv1d(32, symbols, 3, padding=1)
        self.fault = fault
        damage(self, fault)

    def forward(self, x):
        x = x.mean(1, keepdim=True).expand_as(x) if self.fault == "averaged" else x
        return F.log_softmax(self.head(F.relu(self.body(x.transpose(1, 2)))).permute(2, 0, 1), -1)


class VAE(nn.Module):
    def __init__(self, detached=False):
        super().__init__()
        self.encode = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 16))
        self.decode = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64))
        self.detached = detached

    def forward(self, x):
        mean, spread = self.encode(x).chunk(2, 1)
        code = mean + (0.5 * spread).exp() * torch.randn_like(mean)
        out = self.decode(code * 0 if self.detached else code)
        return out.reshape(x.shape), mean, spread


def damage(model, fault):
    with torch.no_grad():
        if fault == "zero":
            for p in model.parameters():
                p.zero_()
        elif fault == "dead":
            for m in model.modules():
                if isinstance(m, nn.Linear | nn.Conv2d) and m.bias is not None and m is not model.head:
                    m.bias.fill_(-30.0)
        elif fault == "large":
            for p in model.parameters():
                p.mul_(30)
        elif fault in {"frozen", "all frozen"}:
            for p in model.parameters():
                p.requires_grad_(any(p is q for q in model.head.parameters()) and fault == "frozen")
            if fault == "all frozen":
                model.head.bias.requires_grad_()


# Losses, optimizers and steps ----------------------------------------------------------------------------------------


def dice(outputs, targets):
    p = outputs.sigmoid()
    return 1 - (2 * (p * targets).sum((1, 2, 3)) + 1) / (p.sum((1, 2, 3)) + targets.sum((1, 2, 3)) + 1)


def mean_dice(outputs, targets):
    return dice(outputs, targets).mean()


def focal(outputs, targets):
    log = F.log_softmax(outputs, 1).gather(1, targets[:, None])
    return (-((1 - log.exp()) ** 2) * log).mean()


def broadcast_mse(outputs, targets):
    return ((outputs - targets) ** 2).mean()  # [N, 1] minus [N] is [N, N]


def of_another_model(params, lr):
    list(params)
    return torch.optim.SGD(nn.Linear(3, 3).parameters(), lr=lr)


def spell(model, batch, loss):
    strips, target = batch
    scores = model(strips)
    lengths = torch.full((len(strips),), len(scores))
    return {
        "loss": loss(scores, target, lengths, torch.full((len(strips),), target.shape[1])),
        "outputs": scores,
        "targets": target,
    }


def two_answers(model, batch, loss):
    x, y = batch
    out = model(x)
    return {
        "loss": loss(out, y) + 0.1 * F.mse_loss(out.mean(1), x.mean((1, 2, 3))),
        "outputs": out,
        "targets": y,
    }


def elbo(model, batch, loss):
    x, _ = batch
    out, mean, spread = model(x)
    divergence = -0.5 * (1 + spread - mean**2 - spread.exp()).sum(1).mean()
    return F.mse_loss(out, x, reduction="sum") / len(x) + 0.01 * divergence


def triplet(model, batch, loss):
    x, y = batch
    z = F.normalize(model(x), dim=1)
    distance = 2 - 2 * z @ z.T
    same = y[:, None] == y[None]
    return F.relu(distance[:, :, None] - distance[:, None, :] + 0.2)[
        same[:, :, None] & ~same[:, None, :]
    ].mean()


def negated(model, batch, loss):
    x, y = batch
    out = model(x)
    return {"loss": -loss(out, y), "outputs": out, "targets": y}


def redrawn(model, batch, loss):
    x, y = batch
    out = model(x)
    return {"loss": loss(out, y[torch.randperm(len(y))]), "outputs": out, "targets": y}


def blank_picture(model, batch, loss):
    x, y = batch
    out = model(torch.zeros_like(x))
    return {"loss": loss(out, y), "outputs": out, "targets": y}


def out_of_graph(model, batch, loss):
    x, y = batch
    out = model(x)
    own = sum(p.sum() for p in model.parameters()) * 1e-6
    return F.cross_entropy(out.detach(), y) + own
