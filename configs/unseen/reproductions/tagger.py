"""Part-of-speech-like tagging with a BiLSTM; the embedding learns slower than the rest."""

import random

import torch
from torch import nn
from torch.utils.data import Dataset

WORDS, TAGS, LENGTH = 90, 6, 10


class Sentences(Dataset):
    def __init__(self, n, seed):
        lexicon = random.Random(3)
        usual = [lexicon.randrange(TAGS) for _ in range(WORDS)]
        rng = random.Random(seed)
        self.data = []
        for _ in range(n):
            words = [rng.randrange(WORDS) for _ in range(LENGTH)]
            tags, previous = [], 0
            for w in words:
                # a third of the words are ambiguous: the word before decides
                tag = (usual[w] + previous) % TAGS if w % 3 == 0 else usual[w]
                tags.append(tag)
                previous = 1 + usual[w] % 2
            self.data.append((torch.tensor(words), torch.tensor(tags)))

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        return self.data[index]


class BiLSTMTagger(nn.Module):
    def __init__(self, emb=16, hid=20):
        super().__init__()
        self.embedding = nn.Embedding(WORDS, emb)
        self.lstm = nn.LSTM(emb, hid, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hid, TAGS)

    def forward(self, words):
        feats, _ = self.lstm(self.embedding(words))
        return self.fc(feats).permute(0, 2, 1)


def two_speeds(model, lr, slow=("embedding",), fast=("lstm", "fc")):
    names = list(model.named_parameters())
    return torch.optim.AdamW(
        [
            {"params": [p for n, p in names if n.split(".")[0] in slow], "lr": lr / 2},
            {"params": [p for n, p in names if n.split(".")[0] in fast], "lr": lr},
        ]
    )
