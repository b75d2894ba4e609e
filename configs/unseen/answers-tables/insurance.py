"""Will a driver file a claim? Four columns of words as embeddings, three of numbers."""

import random

import torch
from torch import nn
from torch.utils.data import Dataset

CITIES = [
    a + b
    for a in ("north", "south", "east", "west", "old", "new")
    for b in ("ham", "ton", "ford", "bury", "port")
]
JOBS = [
    "nurse",
    "teacher",
    "driver",
    "baker",
    "clerk",
    "farmer",
    "lawyer",
    "cook",
    "builder",
    "painter",
    "pilot",
    "student",
]
BRANDS = ["alba", "boro", "cetra", "delo", "ervo", "fiora", "gamo", "hexa"]
PLANS = ["basic", "plus", "full"]
COLUMNS = {"city": CITIES, "job": JOBS, "brand": BRANDS, "plan": PLANS}


def weights():
    rng = random.Random(99)
    return {word: rng.gauss(0, 1.6) for words in COLUMNS.values() for word in words}


def read_table(n, seed):
    rng, weight, rows = random.Random(seed), weights(), []
    for _ in range(n):
        words = {column: rng.choice(values) for column, values in COLUMNS.items()}
        numbers = [rng.gauss(0, 1) for _ in range(3)]
        score = sum(weight[word] for word in words.values()) + numbers[0] - 0.5 * numbers[1] * numbers[2]
        rows.append((words, numbers, float(score + rng.gauss(0, 0.4) > 0)))
    return rows


class LabelEncoder:
    def fit(self, values):
        self.codes = {}
        for value in values:
            self.codes.setdefault(value, len(self.codes))
        return self

    def transform(self, values):
        return [self.codes[value] for value in values]


class ClaimsDataset(Dataset):
    class_names = ("no claim", "claim")

    def __init__(self, n, seed, encoders_from=None):
        rows = read_table(n, seed)
        fitted_on = rows if encoders_from is None else read_table(n, encoders_from)
        cats = []
        for column in COLUMNS:
            le = LabelEncoder().fit([words[column] for words, _, _ in fitted_on])
            cats.append(le.transform([words[column] for words, _, _ in rows]))
        self.x_cat = torch.tensor(cats).t().double()
        self.x_num = torch.tensor([numbers for _, numbers, _ in rows], dtype=torch.float64)
        self.y = torch.tensor([label for _, _, label in rows]).view(-1, 1)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, idx):
        return torch.cat([self.x_cat[idx], self.x_num[idx]]), self.y[idx]


class TabularModel(nn.Module):
    def __init__(self, emb_szs=((30, 6), (12, 6), (8, 4), (3, 2)), n_cont=3, layers=(48, 24), p=0.1):
        super().__init__()
        self.embeds = nn.ModuleList([nn.Embedding(ni, nf) for ni, nf in emb_szs])
        self.emb_drop = nn.Dropout(p)
        sizes = [sum(nf for _, nf in emb_szs) + n_cont, *layers]
        blocks = [
            nn.Sequential(nn.Linear(a, b), nn.ReLU(inplace=True)) for a, b in zip(sizes, layers, strict=False)
        ]
        self.layers = nn.Sequential(*blocks, nn.Linear(layers[-1], 1))

    def forward(self, x):
        x_cat, x_cont = x[:, :4].long(), x[:, 4:].float()
        x = torch.cat([e(x_cat[:, i]) for i, e in enumerate(self.embeds)], 1)
        x = torch.cat([self.emb_drop(x), x_cont], 1)
        return self.layers(x)
