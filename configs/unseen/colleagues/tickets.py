"""Support tickets to four desks: bag of words with an embedding, vocabulary by frequency."""

import random
from collections import Counter

import torch
from torch import nn
from torch.utils.data import Dataset

FUNCTION_WORDS = [f"w{k}" for k in range(30)]
DESKS = ["billing", "network", "hardware", "accounts"]


def write_ticket(rng, desk):
    own = [f"{desk}{k}" for k in range(25)]
    foreign = [f"{rng.choice(DESKS)}{k}" for k in range(25)]
    words = []
    for _ in range(rng.randint(8, 18)):
        pool = rng.choices([FUNCTION_WORDS, own, foreign], [0.55, 0.3, 0.15])[0]
        words.append(rng.choices(pool, [1 / (k + 1) for k in range(len(pool))])[0])
    return " ".join(words)


def corpus(split):
    rng = random.Random({"train": 1, "val": 2}[split])
    size = {"train": 2000, "val": 500}[split]
    shares = (0.3, 0.27, 0.23, 0.2)
    labels = rng.choices(range(4), shares, k=size)
    return [(write_ticket(rng, DESKS[label]), label) for label in labels]


def build_vocab(texts, max_size=120):
    counts = Counter(word for text in texts for word in text.split())
    return {word: i for i, (word, _) in enumerate(counts.most_common(max_size), start=2)}  # 0 pad, 1 unk


class TicketDataset(Dataset):
    def __init__(self, split, vocab_from=None, max_len=18):
        self.rows = corpus(split)
        source = self.rows if vocab_from is None else corpus(vocab_from)
        self.vocab = build_vocab(text for text, _ in source)
        self.max_len = max_len

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        text, label = self.rows[i]
        ids = [self.vocab.get(word, 1) for word in text.split()]
        ids += [0] * (self.max_len - len(ids))
        return torch.LongTensor(ids), label


class FastText(nn.Module):
    def __init__(self, vocab_size=122, dim=24, n_desks=4):
        super().__init__()
        self.bag = nn.EmbeddingBag(vocab_size, dim, mode="mean", padding_idx=0)
        self.fc = nn.Linear(dim, n_desks)

    def forward(self, ids):
        return self.fc(self.bag(ids))
