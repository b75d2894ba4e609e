"""Stars for movies: matrix factorisation with biases."""

import torch
from torch import nn
from torch.utils.data import Dataset

N_USERS, N_ITEMS, TASTES = 250, 180, 3


class Stars(Dataset):
    """One star rating per (user, item) cell; nobody is sure of his own taste."""

    def __init__(self, train=True):
        g = torch.Generator().manual_seed(31)
        taste = torch.randn(N_USERS, TASTES, generator=g)
        genre = torch.randn(N_ITEMS, TASTES, generator=g)
        kindness, quality = torch.randn(N_USERS, generator=g), torch.randn(N_ITEMS, generator=g)
        cells = torch.randperm(N_USERS * N_ITEMS, generator=g)[:25000]
        cells = cells[:20000] if train else cells[20000:]
        self.users, self.items = cells // N_ITEMS, cells % N_ITEMS
        noise = torch.randn(N_USERS * N_ITEMS, generator=g)[cells]
        stars = 3.3 + 0.3 * kindness[self.users] + 0.4 * quality[self.items]
        stars = stars + 0.38 * (taste[self.users] * genre[self.items]).sum(1) + 0.55 * noise
        self.stars = (2 * stars).round().div(2).clamp(0.5, 5)

    def __len__(self):
        return len(self.stars)

    def __getitem__(self, i):
        return torch.stack([self.users[i], self.items[i]]), self.stars[i]


class MatrixFactorization(nn.Module):
    def __init__(self, n_factors=4, std=0.1):
        super().__init__()
        self.user_factors = nn.Embedding(N_USERS, n_factors)
        self.item_factors = nn.Embedding(N_ITEMS, n_factors)
        self.user_biases = nn.Embedding(N_USERS, 1)
        self.item_biases = nn.Embedding(N_ITEMS, 1)
        self.mean = nn.Parameter(torch.tensor(3.0))
        for table in (self.user_factors, self.item_factors):
            nn.init.normal_(table.weight, 0, std)
        for table in (self.user_biases, self.item_biases):
            nn.init.zeros_(table.weight)

    def forward(self, pair):
        user, item = pair[:, 0], pair[:, 1]
        fit = (self.user_factors(user) * self.item_factors(item)).sum(1)
        return self.mean + fit + self.user_biases(user).squeeze(1) + self.item_biases(item).squeeze(1)
