"""Answer "what is the <attribute> of this thing?" by attending over its facts."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset

ATTRIBUTES, VALUES, FACTS = 6, 8, 5


class Questions(Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.attributes = torch.stack([torch.randperm(ATTRIBUTES, generator=g)[:FACTS] for _ in range(n)])
        self.values = torch.randint(VALUES, (n, FACTS), generator=g)
        self.which = torch.randint(FACTS, (n,), generator=g)

    def __len__(self):
        return len(self.which)

    def __getitem__(self, i):
        asked = self.attributes[i, self.which[i]].view(1)
        return torch.cat([asked, self.attributes[i], self.values[i]]), self.values[i, self.which[i]]


class FactReader(nn.Module):
    def __init__(self, normalise="facts"):
        super().__init__()
        self.attribute = nn.Embedding(ATTRIBUTES, 24)
        self.value = nn.Embedding(VALUES, 24)
        self.attn = nn.Sequential(nn.Linear(72, 32), nn.Tanh(), nn.Linear(32, 1))
        self.answer = nn.Sequential(nn.Linear(48, 64), nn.ReLU(), nn.Linear(64, VALUES))
        self.normalise = normalise

    def forward(self, x):
        question = self.attribute(x[:, 0])
        facts = torch.cat([self.attribute(x[:, 1 : 1 + FACTS]), self.value(x[:, 1 + FACTS :])], dim=-1)
        repeated = question.unsqueeze(1).expand(-1, FACTS, -1)
        energy = self.attn(torch.cat([facts, repeated], dim=-1).view(-1, 72))
        if self.normalise == "facts":
            weights = F.softmax(energy.view(-1, FACTS), dim=1)
        else:
            weights = F.softmax(energy, dim=1).view(-1, FACTS)
        context = (weights.unsqueeze(-1) * facts).sum(dim=1)
        return self.answer(context)
