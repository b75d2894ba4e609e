"""Part-of-speech tagging with a bidirectional LSTM; sentences of like length go into one batch."""

import random

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

TAGS = ("DET", "ADJ", "NOUN", "VERB", "ADV", "PREP", "PRON")
WORDS = {
    "DET": [f"det{i}" for i in range(6)],
    "ADJ": [f"adj{i}" for i in range(40)],
    "NOUN": [f"noun{i}" for i in range(80)] + [f"both{i}" for i in range(40)],
    "VERB": [f"verb{i}" for i in range(40)] + [f"both{i}" for i in range(40)],
    "ADV": [f"adv{i}" for i in range(20)] + [f"prep{i}" for i in range(4)],
    "PREP": [f"prep{i}" for i in range(8)],
    "PRON": [f"pron{i}" for i in range(7)],
}
VOCABULARY = ["<pad>", "<unk>", *sorted({word for words in WORDS.values() for word in words})]
IDS = {word: i for i, word in enumerate(VOCABULARY)}
IGNORED = -100


def phrase(rng):
    if rng.random() < 0.25:
        return ["PRON"]
    return ["DET"] * (rng.random() < 0.8) + ["ADJ"] * rng.choice([0, 0, 1, 2]) + ["NOUN"]


def sentence(rng):
    tags = phrase(rng) + ["ADV"] * (rng.random() < 0.3) + ["VERB"]
    if rng.random() < 0.7:
        tags += phrase(rng)
    while rng.random() < 0.4:
        tags += ["PREP", *phrase(rng)]
    if rng.random() < 0.2:
        tags.append("ADV")
    return [rng.choice(WORDS[tag]) for tag in tags], tags


class Treebank(Dataset):
    classes = TAGS

    def __init__(self, n, seed):
        rng = random.Random(seed)
        self.sentences = [sentence(rng) for _ in range(n)]

    def __len__(self):
        return len(self.sentences)

    def __getitem__(self, index):
        words, tags = self.sentences[index]
        ids = torch.tensor([IDS.get(word, 1) for word in words])
        return ids, torch.tensor([TAGS.index(tag) for tag in tags])


def collate(samples):
    words, tags = zip(*samples, strict=True)
    return pad_sequence(words, batch_first=True), pad_sequence(tags, batch_first=True, padding_value=IGNORED)


class Buckets:
    """Batches of sentences of like length, in a new order each epoch."""

    def __init__(self, dataset, size, seed=0):
        self.lengths = [len(words) for words, _ in dataset.sentences]
        self.size = size
        self.rng = random.Random(seed)

    def __len__(self):
        return (len(self.lengths) + self.size - 1) // self.size

    def __iter__(self):
        order = sorted(range(len(self.lengths)), key=lambda i: self.lengths[i] + self.rng.random())
        batches = [order[i : i + self.size] for i in range(0, len(order), self.size)]
        self.rng.shuffle(batches)
        return iter(batches)


class Tagger(nn.Module):
    def __init__(self, width=32, hidden=32, dropout=0.3, word_dropout=0.03):
        super().__init__()
        self.word_dropout = word_dropout
        self.embed = nn.Embedding(len(VOCABULARY), width, padding_idx=0)
        self.drop = nn.Dropout(dropout)
        self.lstm = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, len(TAGS))

    def forward(self, words):
        if self.training:  # so that <unk> gets a vector
            hidden = (torch.rand(words.shape, device=words.device) < self.word_dropout) & (words != 0)
            words = words.masked_fill(hidden, 1)
        lengths = (words != 0).sum(1).cpu()
        x = self.drop(self.embed(words))
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        x, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return self.out(self.drop(x)).transpose(1, 2)
