"""A tagger for a small invented language with ambiguous words."""

import random

import torch
import torch.nn as nn
from torch.utils.data import Dataset

TAGS = ["<pad>", "DET", "ADJ", "NOUN", "VERB", "PREP", "PRON", "PUNCT"]
NEXT = {
    "START": ["DET", "PRON", "DET", "ADJ"],
    "DET": ["NOUN", "ADJ", "NOUN"],
    "ADJ": ["NOUN", "NOUN", "ADJ"],
    "NOUN": ["VERB", "PREP", "PUNCT", "VERB"],
    "VERB": ["DET", "PREP", "PRON", "PUNCT"],
    "PREP": ["DET", "PRON", "ADJ"],
    "PRON": ["VERB", "VERB", "PUNCT"],
}
SIZES = {"DET": 4, "ADJ": 30, "NOUN": 60, "VERB": 40, "PREP": 8, "PRON": 6, "PUNCT": 2}
OFFSETS = {tag: 2 + sum(list(SIZES.values())[:i]) for i, tag in enumerate(SIZES)}
VOCAB = 2 + sum(SIZES.values())
MAX_LEN = 14


def sentence(rng):
    words, tags, tag = [], [], "START"
    while tag != "PUNCT" and len(words) < MAX_LEN:
        tag = rng.choice(NEXT[tag])
        if tag == "VERB" and rng.random() < 0.3:  # nouns are verbed
            word = OFFSETS["NOUN"] + rng.randrange(20)
        else:
            word = OFFSETS[tag] + rng.randrange(SIZES[tag])
        words.append(word)
        tags.append(TAGS.index(tag))
    return words, tags


class Treebank(Dataset):
    def __init__(self, n, seed):
        rng = random.Random(seed)
        self.sents = []
        while len(self.sents) < n:
            words, tags = sentence(rng)
            if len(words) >= 5:
                self.sents.append((words, tags))

    def __len__(self):
        return len(self.sents)

    def __getitem__(self, i):
        words, tags = self.sents[i]
        fill = MAX_LEN - len(words)
        return torch.tensor(words + [0] * fill), torch.tensor(tags + [0] * fill)


class BiLSTMTagger(nn.Module):
    def __init__(self, emb_dim=24, hidden_dim=32):
        super().__init__()
        self.word_embeddings = nn.Embedding(VOCAB, emb_dim, padding_idx=0)
        self.lstm = nn.LSTM(emb_dim, hidden_dim, bidirectional=True, batch_first=True)
        self.hidden2tag = nn.Linear(2 * hidden_dim, len(TAGS))

    def forward(self, sents):
        lstm_out, _ = self.lstm(self.word_embeddings(sents))
        tag_space = self.hidden2tag(lstm_out)
        return tag_space.permute(0, 2, 1)


class BiLSTMTaggerV1(BiLSTMTagger):
    def forward(self, sents):
        lstm_out, _ = self.lstm(self.word_embeddings(sents))
        tag_space = self.hidden2tag(lstm_out)
        return tag_space.view(sents.size(0), len(TAGS), -1)
