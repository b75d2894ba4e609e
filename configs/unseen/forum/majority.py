"""A tiny transformer says which letter a sequence has most of."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

LETTERS, LENGTH = 6, 12


def sequences(n, seed):
    g = torch.Generator().manual_seed(seed)
    most = torch.randint(0, LETTERS, (n, 1), generator=g)
    tokens = torch.randint(0, LETTERS, (n, LENGTH), generator=g)
    tokens = torch.where(torch.rand(n, LENGTH, generator=g) < 0.3, most, tokens)
    return TensorDataset(tokens, nn.functional.one_hot(tokens, LETTERS).sum(1).argmax(1))


class TinyTransformer(nn.Module):
    def __init__(self, dim=32, heads=4, layers=2):
        super().__init__()
        self.tokens = nn.Embedding(LETTERS, dim)
        self.places = nn.Parameter(0.1 * torch.randn(LENGTH, dim))
        layer = nn.TransformerEncoderLayer(dim, heads, 2 * dim, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Linear(dim, LETTERS)

    def forward(self, tokens):
        x = self.encoder(self.tokens(tokens) + self.places)
        return self.head(x.mean(dim=1))
