"""Tree species from the outline of a leaf: distance to the centre at 48 angles, leaf turned at random."""

import csv
import io
import math

import torch
from torch import nn
from torch.utils.data import Dataset

# species: lobes, depth of the lobes, stretch
SHAPES = {
    "ash": (2, 0.30, 0.05),
    "beech": (2, 0.10, 0.00),
    "birch": (3, 0.15, 0.10),
    "elm": (3, 0.35, 0.00),
    "maple": (5, 0.35, 0.00),
    "oak": (7, 0.20, 0.20),
    "pine": (1, 0.45, 0.30),
    "willow": (4, 0.20, 0.35),
}
SPELLED_IN_TRAIN = {"elm": "Elm"}


def manifest(split, per_species):
    """A csv as the field workers send it: file, species."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["file", "species"])
    for k in range(per_species):
        for species in SHAPES:
            name = SPELLED_IN_TRAIN.get(species, species) if split == "train" else species
            writer.writerow([f"{split}_{species}_{k:04d}.png", name])
    return out.getvalue()


def outline(species, rng):
    lobes, depth, stretch = SHAPES[species]
    theta = torch.linspace(0, 2 * math.pi, 49)[:-1] + 6.28 * torch.rand(1, generator=rng)
    turn = 6.28 * torch.rand(1, generator=rng)
    depth = depth * (0.8 + 0.4 * torch.rand(1, generator=rng))
    radius = 1 + depth * torch.cos(lobes * theta) + stretch * torch.cos(2 * theta + turn)
    return radius + 0.06 * torch.randn(48, generator=rng)


class LeafDataset(Dataset):
    def __init__(self, split, per_species, seed, lower=False):
        rows = list(csv.DictReader(io.StringIO(manifest(split, per_species))))
        names = [r["species"].lower() if lower else r["species"] for r in rows]
        self.label_map = {name: i for i, name in enumerate(sorted(set(names)))}
        rng = torch.Generator().manual_seed(seed)
        self.x = [outline(r["species"].lower(), rng) for r in rows]
        self.y = [self.label_map[name] for name in names]

    def __getitem__(self, i):
        return self.x[i][None, :].float(), self.y[i]

    def __len__(self):
        return len(self.y)


class LeafNet(nn.Module):
    def __init__(self, channels=24):
        super().__init__()
        self.c1 = nn.Conv1d(1, channels, 9, padding=4, padding_mode="circular")
        self.c2 = nn.Conv1d(channels, 2 * channels, 9, padding=4, padding_mode="circular")
        self.drop = nn.Dropout(0.1)
        self.fc = nn.Linear(4 * channels, 8)

    def forward(self, x):
        x = torch.relu(self.c1(x - 1))
        x = torch.relu(self.c2(x))
        pooled = torch.cat([x.mean(-1), x.amax(-1)], dim=1)
        return self.fc(self.drop(pooled))
