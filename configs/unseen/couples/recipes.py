"""Tags of a recipe (vegan, sweet, quick ...) from the list of its ingredients; a recipe has several tags."""

import random

import torch
from torch import nn
from torch.utils.data import Dataset

TAGS = ["vegan", "sweet", "quick", "baked", "spicy", "festive"]
N_INGREDIENTS = 150


class RecipeData(Dataset):
    def __init__(self, n, seed, per_recipe=12):
        book = random.Random(0)  # which ingredients speak for which tag is the same for all
        speaks = [set(book.sample(range(N_INGREDIENTS), 25)) for _ in TAGS]
        rng = random.Random(seed)
        self.recipes, self.tags = [], []
        for _ in range(n):
            wanted = [tag for tag in range(len(TAGS)) if rng.random() < 0.4]
            recipe = [rng.randrange(N_INGREDIENTS) for _ in range(per_recipe)]
            for tag in wanted:
                for _ in range(2):
                    recipe[rng.randrange(per_recipe)] = rng.choice(sorted(speaks[tag]))
            found = [sum(item in speaks[tag] for item in recipe) >= 3 for tag in range(len(TAGS))]
            self.recipes.append(recipe)
            self.tags.append([1.0 if f else 0.0 for f in found])

    def __len__(self):
        return len(self.recipes)

    def __getitem__(self, i):
        return torch.tensor(self.recipes[i]), torch.tensor(self.tags[i])


class Tagger(nn.Module):
    def __init__(self, dim=24, activation="sigmoid"):
        super().__init__()
        self.bag = nn.EmbeddingBag(N_INGREDIENTS, dim, mode="mean")
        self.classifier = nn.Sequential(nn.Linear(dim, 48), nn.ReLU(), nn.Linear(48, len(TAGS)))
        self.activation = nn.Sigmoid() if activation == "sigmoid" else nn.Softmax(dim=1)

    def forward(self, recipe):
        return self.activation(self.classifier(self.bag(recipe)))


def make_optimizer(model, lr, only_head=False):
    if only_head:
        return torch.optim.Adam(model.classifier.parameters(), lr=lr)
    return torch.optim.Adam(model.parameters(), lr=lr)
