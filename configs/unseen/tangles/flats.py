"""The rent of a flat from a photo of the house and four numbers of the advertisement."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

MEAN = np.array([85.0, 1965.0, 6000.0, 3.0])
STD = np.array([30.0, 30.0, 3300.0, 2.0])


def house(rng, windows, garden):
    """A wall with a grid of bright windows above a strip of lawn, [3, 20, 20]."""
    photo = np.empty((3, 20, 20))
    photo[:] = rng.uniform(0.35, 0.5)
    for row in range(windows):
        for column in range(3):
            top, left = 1 + 4 * row, 2 + 6 * column
            photo[:, top : top + 2, left : left + 3] = rng.uniform(0.75, 0.95)
    lawn = 20 - round(4 * garden)
    photo[0, lawn:] = photo[2, lawn:] = 0.15
    photo[1, lawn:] = 0.6
    return photo + 0.04 * rng.normal(size=photo.shape)


class Advertisements(Dataset):
    def __init__(self, count, seed, raw=False):
        rng = np.random.default_rng(seed)
        self.items = []
        for _ in range(count):
            area, year = rng.uniform(33, 137), rng.uniform(1913, 2017)
            metres, floor = rng.uniform(300, 11700), rng.integers(0, 7)
            windows, garden = int(rng.integers(1, 5)), rng.choice([0.0, 0.5, 1.0])
            numbers = np.array([area, year, metres, floor])
            a, y, m, f = (numbers - MEAN) / STD
            rent = 0.6 * a + 0.25 * y - 0.4 * m + 0.1 * f + 0.2 * a * m
            rent += 0.45 * (windows - 2.5) + 0.9 * (garden - 0.5) + 0.1 * rng.normal()
            columns = numbers if raw else (numbers - MEAN) / STD
            self.items.append((house(rng, windows, garden), columns, rent))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        photo, columns, rent = self.items[index]
        return {
            "photo": torch.as_tensor(photo, dtype=torch.float32),
            "columns": torch.as_tensor(columns, dtype=torch.float32),
            "rent": torch.tensor([rent], dtype=torch.float32),
        }


class RentModel(nn.Module):
    def __init__(self, photo_features="learned"):
        super().__init__()
        self.photo_features = photo_features
        self.photo_branch = nn.Sequential(
            nn.Conv2d(3, 12, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(12, 16, 3, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
            nn.Linear(64, 16),
        )
        self.table_branch = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU())
        self.top = nn.Sequential(nn.Linear(32, 24), nn.ReLU(), nn.Linear(24, 1))

    def features(self, photo):
        found = self.photo_branch(photo)
        return found.data if self.photo_features == "fixed" else found

    def forward(self, photo, columns):
        both = torch.cat([self.features(photo), self.table_branch(columns)], dim=1)
        return self.top(both)


def step(model, batch, loss):
    rent = model(batch["photo"], batch["columns"])
    return {"loss": loss(rent, batch["rent"]), "outputs": rent, "targets": batch["rent"]}
