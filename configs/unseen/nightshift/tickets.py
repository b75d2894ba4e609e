"""Route support tickets to teams: a bag of word embeddings and a small head."""

import random
from collections import Counter

import torch
import torch.nn as nn
from torch.utils.data import Dataset

TEAMS = ("billing", "delivery", "login", "refund")
WORDS = {
    "billing": "invoice charged twice card receipt tax vat amount payment monthly plan price fee bank statement",
    "delivery": "parcel courier late tracking address box arrived damaged driver shipping door depot van missing label",
    "login": "password reset email code locked account phone browser sign username expired captcha token app session",
    "refund": "money return back cancel order wrong size policy days unopened label voucher store exchange credit",
}
FILLER = "hello please my the a is was i you can help with today since still again thanks not it and to for"
MAX_LEN = 16


def write_ticket(rng, team):
    own = WORDS[team].split()
    other = WORDS[rng.choice(TEAMS)].split()
    words = [rng.choice(own) for _ in range(rng.randint(2, 5))]
    words += [rng.choice(FILLER.split()) for _ in range(rng.randint(4, 8))]
    words += [rng.choice(other) for _ in range(rng.randint(0, 2))]
    rng.shuffle(words)
    return words


def write_tickets(count, seed):
    rng = random.Random(seed)
    teams = [rng.randrange(4) for _ in range(count)]
    return [(write_ticket(rng, TEAMS[t]), t) for t in teams]


def build_vocab(tickets):
    counts = Counter(word for words, _ in tickets for word in words)
    return {word: i + 2 for i, (word, _) in enumerate(counts.most_common())}


class TicketDataset(Dataset):
    classes = TEAMS

    def __init__(self, count, seed, vocab_from=None):
        self.tickets = write_tickets(count, seed)
        self.vocab = build_vocab(self.tickets if vocab_from is None else write_tickets(**vocab_from))

    def __len__(self):
        return len(self.tickets)

    def __getitem__(self, i):
        words, team = self.tickets[i]
        ids = [self.vocab.get(word, 1) for word in words][:MAX_LEN]
        return torch.tensor(ids + [0] * (MAX_LEN - len(ids))), team


class TicketRouter(nn.Module):
    def __init__(self, vocab_size=120, dim=32):
        super().__init__()
        self.bag = nn.EmbeddingBag(vocab_size, dim, mode="mean", padding_idx=0)
        self.fc1 = nn.Linear(dim, 32)
        self.drop = nn.Dropout(0.2)
        self.fc2 = nn.Linear(32, 4)

    def forward(self, ids):
        x = torch.relu(self.fc1(self.bag(ids)))
        return self.fc2(self.drop(x))
