"""Sends a support ticket to its department; a bidirectional LSTM over words."""

import random

import torch
import torch.nn as nn

WORDS = {
    "billing": "invoice charged refund card twice price vat receipt paid cancel",
    "delivery": "parcel courier late tracking address door lost box arrived driver",
    "technical": "crash login screen update error button freeze app password blank",
    "sales": "quote upgrade licence seats trial demo discount offer yearly contract",
}
SMALL_TALK = "hello please i my the is was not again today help thanks since and can you"
FILLER = SMALL_TALK.split()
VOCAB = ["<pad>"] + FILLER + [w for ws in WORDS.values() for w in ws.split()]
MAXLEN = 14


def write_ticket(rng, department):
    length = rng.randint(7, MAXLEN)
    own = WORDS[department].split()
    words = [rng.choice(FILLER) for _ in range(length)]
    for position in rng.sample(range(length), 3):
        words[position] = rng.choice(own)
    if rng.random() < 0.6:  # a word of another department
        stranger = rng.choice([d for d in WORDS if d != department])
        words[rng.randrange(length)] = rng.choice(WORDS[stranger].split())
    return words


class TicketDataset(torch.utils.data.Dataset):
    def __init__(self, num, seed, departments=None):
        rng = random.Random(seed)
        self.rows = []
        for _ in range(num):
            department = rng.choice(sorted(WORDS))
            self.rows.append((write_ticket(rng, department), department))
        names = departments or list(dict.fromkeys(d for _, d in self.rows))
        self.label2id = {name: i for i, name in enumerate(names)}
        self.word2id = {w: i for i, w in enumerate(VOCAB)}

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, idx):
        words, department = self.rows[idx]
        ids = [self.word2id[w] for w in words]
        ids = ids + [0] * (MAXLEN - len(ids))
        return torch.LongTensor(ids), self.label2id[department]


class TicketLSTM(nn.Module):
    def __init__(self, embed_dim=24, hidden_dim=32):
        super().__init__()
        self.embedding = nn.Embedding(len(VOCAB), embed_dim, padding_idx=0)
        self.lstm = nn.LSTM(embed_dim, hidden_dim, batch_first=True, bidirectional=True)
        self.classifier = nn.Linear(2 * hidden_dim, len(WORDS))

    def forward(self, ids):
        states, _ = self.lstm(self.embedding(ids))
        pooled, _ = states.max(dim=1)
        return self.classifier(pooled)
