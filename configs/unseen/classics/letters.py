"""How often does a word hold the letter e? A recurrent cell in a loop: "it guesses the same number for every word"."""

import string

import torch
from torch import nn
from torch.utils.data import Dataset

LETTERS = string.ascii_lowercase


class Words(Dataset):
    def __init__(self, n, seed, length=12):
        g = torch.Generator().manual_seed(seed)
        rate = torch.rand(n, 1, generator=g) * 0.7
        codes = torch.randint(0, 26, (n, length), generator=g)
        is_e = torch.rand(n, length, generator=g) < rate
        self.codes = torch.where(is_e, torch.tensor(LETTERS.index("e")), codes)
        self.count = (self.codes == LETTERS.index("e")).sum(dim=1, keepdim=True).float()

    def __len__(self):
        return len(self.codes)

    def __getitem__(self, i):
        return self.codes[i], self.count[i]


class LetterCounter(nn.Module):
    def __init__(self, hidden_size=24):
        super().__init__()
        self.hidden_size = hidden_size
        self.embed = nn.Embedding(26, 8)
        self.cell = nn.RNNCell(8, hidden_size)
        self.count = nn.Linear(hidden_size, 1)

    def forward(self, word):
        hidden = torch.zeros(len(word), self.hidden_size, device=word.device)
        for t in range(word.shape[1]):
            hidden = self.cell(self.embed(word[:, t]), hidden)
        return self.count(hidden)


class StatefulLetterCounter(LetterCounter):
    def forward(self, word):
        self.hidden = torch.zeros(len(word), self.hidden_size, device=word.device)
        for letter in word.T:
            # without this: "Trying to backward through the graph a second time"
            self.hidden = self.hidden.detach()
            self.hidden = self.cell(self.embed(letter), self.hidden)
        return self.count(self.hidden)
