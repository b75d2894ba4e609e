"""Read off a basket of twelve things the weight of the one that is marked, with attention over the things."""

import torch
from torch import nn


class Baskets(torch.utils.data.Dataset):
    def __init__(self, n_baskets, random_state):
        g = torch.Generator().manual_seed(random_state)
        self.things = torch.randn(n_baskets, 12, 8, generator=g)
        self.things[..., :3] = 0.5 * torch.randn(n_baskets, 12, 3, generator=g)
        marked = torch.randint(0, 12, (n_baskets,), generator=g)
        rows = torch.arange(n_baskets)
        self.things[rows, marked, :3] += torch.tensor([2.0, -1.5, 1.5])  # the mark
        chosen = self.things[rows, marked]
        self.weight = (0.7 * chosen[:, 3] - 0.5 * chosen[:, 4] + 0.4 * chosen[:, 5]).unsqueeze(1)

    def __len__(self):
        return len(self.weight)

    def __getitem__(self, idx):
        return self.things[idx], self.weight[idx]


class BasketAttention(nn.Module):
    def __init__(self, softmax_dim=0):
        super().__init__()
        self.L, self.D, self.K = 24, 16, 1
        self.feature_extractor = nn.Linear(8, self.L)
        self.attention = nn.Sequential(nn.Linear(self.L, self.D), nn.Tanh(), nn.Linear(self.D, self.K))
        self.softmax = nn.Softmax(dim=softmax_dim)
        self.regressor = nn.Sequential(nn.Linear(self.L * self.K, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, x):
        H = self.feature_extractor(x)  # N x 12 x L
        A = self.softmax(self.attention(H))  # N x 12 x K
        M = torch.bmm(A.transpose(1, 2), H).flatten(1)  # N x KL
        return self.regressor(M)
