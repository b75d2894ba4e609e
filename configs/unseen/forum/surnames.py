"""Guess the language of a surname, letter by letter, with a GRU."""

import random

import torch
from torch import nn
from torch.utils.data import Dataset

LETTERS = ".abcdefghijklmnopqrstuvwxyz"
LANGUAGES = {
    "italian": ("b ca di fe gi lo ma ne pa ri sa to ve za", ["ni", "ri", "li", "tti", "cci", "no"]),
    "polish": ("ba cz do ka ko le mi no wi sz ro za", ["ski", "cki", "ak", "czyk", "wicz"]),
    "japanese": ("ha ka ki ma mo na no sa shi ta ya yo", ["moto", "da", "ta", "mura", "no", "ki"]),
    "german": ("ba ber fi hof ka kla mu sch stei we wo", ["mann", "er", "bach", "stein", "ke"]),
    "greek": ("ale ana chri dimi geo kon niko pa theo va", ["dis", "pulos", "kis", "ou", "nos"]),
}


def surname(rng, language):
    syllables, endings = LANGUAGES[language]
    name = "".join(rng.choice(syllables.split()) for _ in range(rng.randint(1, 3))) + rng.choice(endings)
    if rng.random() < 0.3:  # spelling varies
        i = rng.randrange(len(name))
        name = name[:i] + rng.choice(LETTERS[1:]) + name[i + 1 :]
    return name[-14:]


class Surnames(Dataset):
    classes = tuple(LANGUAGES)

    def __init__(self, n, seed):
        rng = random.Random(seed)
        self.rows = [(i % 5, surname(rng, self.classes[i % 5])) for i in range(n)]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        label, name = self.rows[index]
        codes = [LETTERS.index(letter) for letter in name.rjust(14, ".")]
        return torch.tensor(codes), label


class NameGRU(nn.Module):
    def __init__(self, hidden=48, **options):
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS), 16)
        self.gru = nn.GRU(16, hidden, **options)
        self.fc = nn.Linear(hidden, 5)

    def forward(self, names):
        output, _ = self.gru(self.embedding(names))
        return self.fc(output[:, -1, :])
