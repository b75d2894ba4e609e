"""Tag the words of an ingredient line, so that the shopping list can add things up."""

import random

import torch
from torch import nn
from torch.utils.data import Dataset

UNITS = ["cup", "cups", "tbsp", "tsp", "grams", "ml", "cloves", "cans"]
FOODS = [
    "onion",
    "onions",
    "garlic",
    "tomatoes",
    "beans",
    "cloves",
    "pepper",
    "ginger",
    "basil",
    "spinach",
    "butter",
    "flour",
    "lemon",
    "cans",
]
WAYS = ["chopped", "ground", "crushed", "fresh", "dried", "sliced", "roasted"]
LENGTH = 10


def line(rng):
    words = [(rng.choice(["1", "2", "3", "half"]), "quantity")] if rng.random() < 0.8 else []
    unit = rng.choice(UNITS) if rng.random() < 0.7 else None
    if unit:
        words.append((unit, "unit"))
    ways = rng.sample(WAYS, rng.randint(0, 2))
    tinned = unit in ("cans", "grams")  # bought that way: "2 cans crushed tomatoes" is the product's name
    words += [(way, "name" if tinned else "way") for way in ways]
    words.append((rng.choice(FOODS), "name"))
    if rng.random() < 0.6:
        words.append((",", "other"))
        rest = rng.choice(
            ["plus {f} to serve", "{w} if you like", "or {w} {f}", "{w} with {f} on top", "not {w}"]
        )
        words += [(w, "other") for w in rest.format(f=rng.choice(FOODS), w=rng.choice(WAYS)).split()]
    return words[:LENGTH]


REST = [
    "plus",
    "to",
    "serve",
    "if",
    "you",
    "like",
    "or",
    "with",
    "on",
    "top",
    "not",
    ",",
    "1",
    "2",
    "3",
    "half",
]
VOCABULARY = {word: i + 1 for i, word in enumerate(sorted({*UNITS, *FOODS, *WAYS, *REST}))}


def by_name(tags):
    return sorted(set(tags))


def as_they_come(tags):
    return list(dict.fromkeys(tags))


class IngredientLines(Dataset):
    def __init__(self, part, seed, numbering):
        rng = random.Random(seed)
        different = {}  # no line twice, and none in both parts
        while len(different) < 1600:
            words = line(rng)
            different[tuple(words)] = words
        every = list(different.values())
        self.lines = every[:1200] if part == "train" else every[1200:]
        self.classes = numbering([tag for words in self.lines for _, tag in words])

    def __len__(self):
        return len(self.lines)

    def __getitem__(self, i):
        words = torch.zeros(LENGTH, dtype=torch.long)
        tags = torch.full((LENGTH,), -100)
        for at, (word, tag) in enumerate(self.lines[i]):
            words[at] = VOCABULARY[word]
            tags[at] = self.classes.index(tag)
        return words, tags


class Tagger(nn.Module):
    def __init__(self, **lstm):
        super().__init__()
        self.words = nn.Embedding(len(VOCABULARY) + 1, 24, padding_idx=0)
        self.lstm = nn.LSTM(24, 32, bidirectional=True, **lstm)
        self.tag = nn.Linear(64, 5)

    def forward(self, words):
        states, _ = self.lstm(self.words(words))
        return self.tag(states).transpose(1, 2)
