"""Session-based recommendation: the next article a visitor opens, from those opened so far."""

import torch
from torch import nn
from torch.utils.data import Dataset

ITEMS, LONGEST = 150, 10  # item 0 is padding
SECTIONS = 10


class Sessions(Dataset):
    """Left-padded sessions [10] and what is opened after each click [10]; 0 is padding in both."""

    def __init__(self, n, seed):
        world = torch.Generator().manual_seed(2023)
        popularity = 1 + 3 * torch.rand(ITEMS, generator=world)
        follows = torch.randint(1, ITEMS, (ITEMS,), generator=world)  # "read on" links
        section = torch.arange(ITEMS) % SECTIONS
        g = torch.Generator().manual_seed(seed)
        self.rows = []
        for _ in range(n):
            interest = int(torch.randint(SECTIONS, (1,), generator=g))
            inside = popularity * (section == interest)
            inside[0] = 0
            length = int(torch.randint(3, LONGEST + 2, (1,), generator=g))
            session = [int(torch.multinomial(inside, 1, generator=g))]
            while len(session) < length:
                if torch.rand((), generator=g) < 0.55:
                    session.append(int(follows[session[-1]]))
                else:
                    session.append(int(torch.multinomial(inside, 1, generator=g)))
            self.rows.append(torch.tensor([0] * (LONGEST + 1 - length) + session))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        session, following = self.rows[index][:-1], self.rows[index][1:]
        return session, following.masked_fill(session == 0, 0)  # the first click has nothing before it


class GRU4Rec(nn.Module):
    """Scores by the item embeddings themselves; padding can never be recommended."""

    def __init__(self, width=48, dropout=0.2):
        super().__init__()
        self.items = nn.Embedding(ITEMS, width, padding_idx=0)
        nn.init.normal_(self.items.weight, std=0.1)
        self.drop = nn.Dropout(dropout)
        self.gru = nn.GRU(width, width, batch_first=True)
        self.bias = nn.Parameter(torch.zeros(ITEMS))
        self.scale = nn.Parameter(torch.tensor(4.0))

    def forward(self, session):
        states, _ = self.gru(self.drop(self.items(session)))
        scores = self.scale * self.drop(states) @ self.items.weight.T + self.bias
        padding = torch.arange(ITEMS, device=scores.device) == 0
        return scores.masked_fill(padding, -1e4).transpose(1, 2)


class Recall:
    """Share of clicks whose next item is among the k best."""

    def __init__(self, k=5):
        self.k = k
        self.reset()

    def reset(self):
        self.found = self.all = 0

    def to(self, device):
        return self

    def update(self, outputs, targets):
        best = outputs.topk(self.k, dim=1).indices
        real = targets != 0
        self.found += int(((best == targets.unsqueeze(1)).any(1) & real).sum())
        self.all += int(real.sum())

    def compute(self):
        return torch.tensor(self.found / self.all)
