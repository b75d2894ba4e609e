"""Where does a peptide go? Four compartments, each with its own signal in the sequence."""

import random

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset

AMINO = "ACDEFGHIKLMNPQRSTVWY"
SIGNALS = {
    "nucleus": ["KKRK", "KRKR", "PKKK"],
    "peroxisome": ["SKLF", "AKLF", "SRLF"],
    "secreted": ["LLAL", "LAVL", "LLVL"],
    "cytosol": [],
}


class Peptides(Dataset):
    classes = tuple(SIGNALS)

    def __init__(self, n, seed, length=40):
        rng = random.Random(seed)
        self.data = []
        for i in range(n):
            label = i % 4
            letters = [rng.choice(AMINO) for _ in range(length)]
            for _ in range(2 if label < 3 else 0):
                at = rng.randrange(length - 4)
                letters[at : at + 4] = rng.choice(SIGNALS[self.classes[label]])
            self.data.append(([AMINO.index(a) for a in letters], label))

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        codes, label = self.data[i]
        return F.one_hot(torch.tensor(codes), 20).float().T, label


def build_model():
    # the Keras model line by line, with global max pooling after the convolution
    return nn.Sequential(
        nn.Conv1d(20, 32, 4),
        nn.ReLU(),
        nn.AdaptiveMaxPool1d(1),
        nn.Flatten(),
        nn.Linear(32, 32),
        nn.ReLU(),
        nn.Linear(32, 4),
    )
