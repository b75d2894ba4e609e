"""First month at the help desk: send each ticket to the right team."""

import random

import torch
from torch import nn
from torch.optim import Adam

COMMON = [
    "hello",
    "please",
    "help",
    "the",
    "my",
    "is",
    "not",
    "and",
    "since",
    "today",
    "we",
    "you",
    "thanks",
    "with",
    "it",
    "on",
    "again",
    "still",
    "urgent",
    "cannot",
]
STEMS = {
    "network": "wifi cable router vpn proxy port switch lan signal dns ping",
    "accounts": "login password user token access role group expired locked sso badge",
    "printers": "paper toner print scan jam tray duplex queue colour copy staple",
    "mail": "inbox outlook spam calendar invite attachment forward reply sender bounce quota",
    "hardware": "laptop screen keyboard mouse dock battery fan disk monitor charger hinge",
    "licences": "licence key activate excel adobe trial renew seat version install upgrade",
}
ENDINGS = ("", "s", "ing", "ed")
WORDS = COMMON + [stem + end for stems in STEMS.values() for stem in stems.split() for end in ENDINGS]
WORD_TO_ID = {word: number for number, word in enumerate(WORDS, start=1)}


def write_ticket(rng, team):
    words = []
    for _ in range(rng.randint(7, 14)):
        dice = rng.random()
        if dice < 0.45:
            words.append(rng.choice(COMMON))
        else:
            about = team if dice < 0.90 else rng.choice(list(STEMS))
            words.append(rng.choice(STEMS[about].split()) + rng.choice(ENDINGS))
    return " ".join(words)


def read_tickets(n, seed):
    rng = random.Random(seed)
    rows = []
    for _ in range(n):
        team = rng.choice(list(STEMS))
        rows.append((write_ticket(rng, team), team))
    return rows


def encode(text, length=14):
    ids = [WORD_TO_ID.get(word, 0) for word in text.split()]
    return torch.tensor(ids + [0] * (length - len(ids)))


def numbered(teams, alphabetical):
    names = sorted(set(teams)) if alphabetical else list(dict.fromkeys(teams))
    return {name: number for number, name in enumerate(names)}


def tickets(n, seed, alphabetical=True):
    rows = read_tickets(n, seed)
    team_to_id = numbered([team for _, team in rows], alphabetical)
    return [(encode(text), team_to_id[team]) for text, team in rows]


class TicketRouter(nn.Module):
    def __init__(self, dim=12):
        super().__init__()
        self.embed = nn.Embedding(len(WORDS) + 1, dim, padding_idx=0)
        self.head = nn.Sequential(nn.Linear(dim, 32), nn.ReLU(), nn.Linear(32, 6))

    def forward(self, ids):
        vectors = self.embed(ids)
        lengths = (ids > 0).sum(1, keepdim=True)
        return self.head(vectors.sum(1) / lengths)


def make_optimizer(model, lr, part=None):
    chosen = model if part is None else getattr(model, part)
    return Adam(chosen.parameters(), lr=lr)
