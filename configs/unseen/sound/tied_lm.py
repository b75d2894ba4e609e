"""A language model of a small made-up language; the table of embeddings is also the last layer."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

V = 10


def corpus(lines, seed, length=33):
    torch.manual_seed(123)
    table = torch.stack([torch.randperm(V)[:4] for _ in range(V * V)])
    g = torch.Generator().manual_seed(seed)
    text = torch.randint(V, (lines, length), generator=g)
    chances = torch.tensor([0.6, 0.25, 0.1, 0.05])
    choice = torch.multinomial(chances, lines * length, replacement=True, generator=g).view(lines, length)
    for t in range(2, length):
        text[:, t] = table[text[:, t - 2] * V + text[:, t - 1], choice[:, t]]
    return TensorDataset(text[:, :-1], text[:, 1:])


class TiedLM(nn.Module):
    def __init__(self, dim=48):
        super().__init__()
        self.embed = nn.Embedding(V, dim)
        nn.init.normal_(self.embed.weight, std=0.3)
        self.rnn = nn.LSTM(dim, dim, batch_first=True)
        self.decoder = nn.Linear(dim, V)
        self.decoder.weight = self.embed.weight

    def forward(self, tokens):
        h, _ = self.rnn(self.embed(tokens))
        return self.decoder(h).permute(0, 2, 1)
