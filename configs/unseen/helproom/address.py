"""Label every token of a postal address: street, number, town, postcode or other."""

import random

import torch
from torch import nn
from torch.utils.data import Dataset

TAGS = ["O", "STREET", "NUMBER", "TOWN", "POSTCODE"]
MAX_LEN = 14
# token ids: 0 pad, 1-60 names (streets and towns alike), 61-80 digits groups, 81-100 other words, 101 "str.", 102 "in"
STR, IN = 101, 102


def make_address(rng):
    words, tags = [], []

    def add(ids, tag):
        words.extend(ids)
        tags.extend([tag] * len(ids))

    add([rng.randint(81, 100) for _ in range(rng.randint(0, 2))], 0)
    parts = ["street", "town"]
    rng.shuffle(parts)
    for part in parts:
        if part == "street":
            add([rng.randint(1, 60) for _ in range(rng.randint(1, 2))], 1)
            add([STR], 1)
            add([rng.randint(61, 80)], 2)
        else:
            add([IN], 0)
            add([rng.randint(61, 80), rng.randint(61, 80)], 4)
            add([rng.randint(1, 60) for _ in range(rng.randint(1, 2))], 3)
    add([rng.randint(81, 100) for _ in range(rng.randint(0, 2))], 0)
    return words[:MAX_LEN], tags[:MAX_LEN]


class AddressData(Dataset):
    def __init__(self, size, seed):
        rng = random.Random(seed)
        self.data = [make_address(rng) for _ in range(size)]

    def __len__(self):
        return len(self.data)

    def __getitem__(self, idx):
        words, tags = self.data[idx]
        pad = MAX_LEN - len(words)
        return torch.tensor(words + [0] * pad), torch.tensor(tags + [-100] * pad)


class Tagger(nn.Module):
    def __init__(self, emb_dim=16, hidden_dim=24, old_style=False):
        super().__init__()
        self.word_embeddings = nn.Embedding(103, emb_dim, padding_idx=0)
        self.lstm = nn.LSTM(emb_dim, hidden_dim, batch_first=True, bidirectional=True)
        self.hidden2tag = nn.Linear(2 * hidden_dim, len(TAGS))
        self.old_style = old_style

    def forward(self, sentence):
        lstm_out, _ = self.lstm(self.word_embeddings(sentence))
        tag_space = self.hidden2tag(lstm_out)
        # CrossEntropyLoss wants [batch, tags, tokens]
        if self.old_style:
            return tag_space.view(sentence.size(0), len(TAGS), -1)
        return tag_space.transpose(1, 2)
