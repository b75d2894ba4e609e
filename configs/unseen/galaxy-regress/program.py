"""Axis ratio and position angle of galaxies, measured on small three-band cutouts of a simulated survey."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

SIZE = 24  # pixels of a stamp's side
SKY_NOISE = 9.0  # counts
ROUND = 0.9  # above this axis ratio a position angle means little
VGG = (8, 8, "M", 16, 16, "M", 32, 32, "M")


def survey(count, seed):
    """Return stamps [N, SIZE, SIZE, 3] in counts and shapes [N, 3]: axis ratio, sin 2φ, cos 2φ."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    ratio = rng.uniform(0.25, 1.0, count)
    angle = rng.uniform(0, np.pi, count)
    centre = rng.uniform(-3, 3, (2, count, 1, 1))
    dx, dy = x - centre[0], y - centre[1]
    cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    along, across = dx * cos + dy * sin, (dy * cos - dx * sin) / ratio[:, None, None]
    length = rng.uniform(2.0, 4.0, (count, 1, 1))
    disc = np.exp(-np.hypot(along, across) / length)
    peak = rng.lognormal(6.0, 1.1, count)[:, None, None, None]
    colour = np.array([0.6, 1.0, 1.3]) * rng.lognormal(0, 0.15, (count, 1, 1, 3))
    sky = rng.normal(0, SKY_NOISE, (count, SIZE, SIZE, 3))
    shapes = np.stack([ratio, np.sin(2 * angle), np.cos(2 * angle)], axis=1)
    return (disc[..., None] * peak * colour + sky).astype(np.float32), shapes.astype(np.float32)


class Galaxies(Dataset):
    """Stamps as the cutout server sends them, with the shapes of the input catalogue."""

    def __init__(self, split, count=1500, channels_first=True, fill_bad_pixels=True, drop_blank=True):
        train = split == "train"
        if not train:
            count = 400
        stamps, shapes = survey(count, seed=21 if train else 22)
        rng = np.random.default_rng(31 if train else 32)
        # the detector's bad columns are masked with NaN
        for index in np.flatnonzero(rng.random(count) < 0.02):
            stamps[index, :, rng.integers(SIZE)] = np.nan
        # objects outside the footprint come back as empty stamps
        blank = rng.random(count) < 0.2
        stamps[blank] = 0.0
        if fill_bad_pixels:
            stamps = np.nan_to_num(stamps)
        if drop_blank:
            stamps, shapes = stamps[~blank], shapes[~blank]
        if channels_first:
            stamps = np.ascontiguousarray(stamps.transpose(0, 3, 1, 2))
        self.stamps, self.shapes = torch.from_numpy(stamps), torch.from_numpy(shapes)

    def __len__(self):
        return len(self.stamps)

    def __getitem__(self, index):
        return self.stamps[index], self.shapes[index]


def make_layers(plan, activation=True):
    layers, channels = [], 3
    for entry in plan:
        if entry == "M":
            layers.append(nn.MaxPool2d(2))
            continue
        layers.append(nn.Conv2d(channels, entry, kernel_size=3, padding=1))
        if activation:
            layers.append(nn.ReLU(inplace=True))
        channels = entry
    return nn.Sequential(*layers)


class GalaxyVGG(nn.Module):
    """Plain VGG; scales the counts of every stamp by its own peak and stretches them as astronomers do."""

    def __init__(self, outputs=3, activation=True, peak="stamp", final=None):
        super().__init__()
        self.peak = peak
        self.features = make_layers(VGG, activation)
        self.regressor = nn.Sequential(nn.Linear(32 * (SIZE // 8) ** 2, 64), nn.Dropout(0.1))
        if activation:
            self.regressor.append(nn.ReLU(inplace=True))
        self.regressor.append(nn.Linear(64, outputs))
        if final == "sigmoid":
            self.regressor.append(nn.Sigmoid())
        for layer in self.features:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(layer.bias)

    def scaled(self, stamps):
        if self.peak == "stamp":
            peak = stamps.amax(dim=(1, 2, 3), keepdim=True)
        else:
            peak = stamps.max()
        return torch.asinh(10 * stamps / peak.clamp(min=1.0))

    def forward(self, stamps):
        x = self.features(self.scaled(stamps))
        return self.regressor(torch.flatten(x, 1))


class FeatureVGG(GalaxyVGG):
    """Extracts features once and regresses the shape from them."""

    @torch.no_grad()
    def extract(self, stamps):
        return self.features(self.scaled(stamps)).flatten(1)

    def forward(self, stamps):
        return self.regressor(self.extract(stamps))


class StampVGG(GalaxyVGG):
    """Takes stamps with the bands last, as they lie on disk."""

    def forward(self, stamps):
        return super().forward(stamps.permute(0, 3, 1, 2))


class CubeVGG(GalaxyVGG):
    """Takes stamps with the bands last, as they lie on disk."""

    def forward(self, stamps):
        n, height, width, bands = stamps.shape
        return super().forward(stamps.reshape(n, bands, height, width))


class ShapeLoss(nn.Module):
    """Squared error of the axis ratio plus the distance of the angle vectors; round galaxies have no angle to learn."""

    def __init__(self, ratio_weight=10.0, eps=1e-6):
        super().__init__()
        self.ratio_weight = ratio_weight
        self.eps = eps

    def forward(self, predicted, shapes):
        ratio = (predicted[:, 0] - shapes[:, 0]).pow(2).mean()
        elongated = (shapes[:, 0] < ROUND).float()
        squared = (predicted[:, 1:] - shapes[:, 1:]).pow(2).sum(1) * elongated
        return self.ratio_weight * ratio + torch.sqrt(squared + self.eps).mean()
