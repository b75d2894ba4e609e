"""Who belongs to which club: one friendship graph, twelve people known in each club, the others to be guessed."""

import torch
from torch import nn
from torch.utils.data import Dataset

CLUBS, PEOPLE = 4, 400


class Friendships(Dataset):
    """One sample: the whole graph. The splits differ in whose club is shown; -100 hides it."""

    def __init__(self, split, passes=1, seed=5):
        g = torch.Generator().manual_seed(seed)
        club = torch.arange(PEOPLE) % CLUBS
        chance = torch.where(club[:, None] == club[None, :], 0.05, 0.006)
        upper = torch.triu(torch.rand(PEOPLE, PEOPLE, generator=g) < chance, diagonal=1).float()
        a = upper + upper.T + torch.eye(PEOPLE)
        d = a.sum(1).rsqrt()
        self.adjacency = d[:, None] * a * d[None, :]
        centres = torch.randn(CLUBS, 24, generator=g)
        self.features = 0.8 * centres[club] + torch.randn(PEOPLE, 24, generator=g)
        order = torch.randperm(PEOPLE, generator=g)
        known = torch.cat([order[club[order] == c][:12] for c in range(CLUBS)])
        shown = torch.zeros(PEOPLE, dtype=torch.bool)
        shown[known] = True
        self.labels = torch.where(shown if split == "train" else ~shown, club, -100)
        self.passes = passes

    def __len__(self):
        return self.passes

    def __getitem__(self, i):
        if i >= self.passes:
            raise IndexError(i)
        return (self.features, self.adjacency), self.labels


class GCN(nn.Module):
    def __init__(self, hidden=16):
        super().__init__()
        self.first, self.second = nn.Linear(24, hidden), nn.Linear(hidden, CLUBS)
        self.drop = nn.Dropout(0.5)

    def forward(self, graph):
        x, a = graph
        h = torch.relu(a @ self.first(self.drop(x)))
        return (a @ self.second(self.drop(h))).transpose(1, 2)
