"""Part-of-speech tags with a bidirectional GRU."""

import random

import torch
import torch.nn as nn
from torch.utils.data import Dataset

TAGS = ["DET", "ADJ", "NOUN", "VERB", "ADV", "PREP"]
FOLLOWS = {
    "START": ["DET", "DET", "ADV"],
    "DET": ["ADJ", "NOUN", "NOUN"],
    "ADJ": ["NOUN", "NOUN", "ADJ"],
    "NOUN": ["VERB", "VERB", "PREP"],
    "VERB": ["DET", "DET", "ADV", "PREP"],
    "ADV": ["DET", "PREP"],
    "PREP": ["DET"],
}
WORDS = {
    "DET": ["the", "a", "this", "every"],
    "ADJ": ["old", "small", "green", "quick", "loud", "kind", "plain", "round", "cold", "sweet"],
    "NOUN": ["dog", "tree", "king", "river", "house", "walk", "run", "plan", "play", "watch", "fish", "work"],
    "VERB": [
        "sees",
        "eats",
        "builds",
        "walk",
        "run",
        "plan",
        "play",
        "watch",
        "fish",
        "work",
        "finds",
        "draws",
    ],
    "ADV": ["often", "never", "slowly", "soon", "here"],
    "PREP": ["in", "with", "under", "near", "from"],
}
VOCAB = ["<pad>", *sorted({w for ws in WORDS.values() for w in ws})]
MAX_LEN = 14


class TaggedSentences(Dataset):
    classes = TAGS

    def __init__(self, size, seed):
        rng = random.Random(seed)
        self.samples = []
        for _ in range(size):
            tag, words, tags = "START", [], []
            for _ in range(rng.randint(8, MAX_LEN)):
                tag = rng.choice(FOLLOWS[tag])
                tags.append(TAGS.index(tag))
                words.append(VOCAB.index(rng.choice(WORDS[tag])))
            pad = MAX_LEN - len(words)
            self.samples.append((words + [0] * pad, tags + [-100] * pad))

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, i):
        words, tags = self.samples[i]
        return torch.LongTensor(words), torch.LongTensor(tags)


class Tagger(nn.Module):
    def __init__(self, EMB=24, HID=32):
        super().__init__()
        self.emb = nn.Embedding(len(VOCAB), EMB, padding_idx=0)
        self.rnn = nn.GRU(EMB, HID, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(2 * HID, len(TAGS))

    def scores(self, x):
        hidden, _ = self.rnn(self.emb(x))
        return self.out(self.drop(hidden))

    def forward(self, x):
        scores = self.scores(x)  # N, T, C
        return scores.transpose(1, 2)  # N, C, T


class TaggerView(Tagger):
    def forward(self, x):
        scores = self.scores(x)
        return scores.view(scores.size(0), len(TAGS), -1)
