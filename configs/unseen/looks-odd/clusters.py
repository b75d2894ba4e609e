import math

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence


class PointSets(torch.utils.data.Dataset):
    classes = ("blob", "ring", "line", "pair")

    def __init__(self, n, seed, fewest=8, most=30):
        g = torch.Generator().manual_seed(seed)
        self.sets = []
        for i in range(n):
            many = int(torch.randint(fewest, most + 1, (1,), generator=g))
            self.sets.append((self.shape(i % 4, many, g), i % 4))

    @staticmethod
    def shape(kind, many, g):
        turn = torch.rand(1, generator=g) * 2 * math.pi
        axis = torch.cat([turn.cos(), turn.sin()])
        noise = torch.randn(many, 2, generator=g)
        u = torch.rand(many, 1, generator=g)
        if kind == 0:
            points = noise * 0.6
        elif kind == 1:
            points = torch.cat([(6.2832 * u).cos(), (6.2832 * u).sin()], 1) + 0.12 * noise
        elif kind == 2:
            points = (2.6 * u - 1.3) * axis + 0.12 * noise
        else:
            points = torch.where(u < 0.5, 0.9, -0.9) * axis + 0.25 * noise
        return points + 0.2 * torch.randn(1, 2, generator=g)

    def __len__(self):
        return len(self.sets)

    def __getitem__(self, i):
        return self.sets[i]


def padded(samples):
    """Points [B, most, 3]; the third number is 1 for a point and 0 for padding."""
    sets = [torch.cat([points, torch.ones(len(points), 1)], 1) for points, _ in samples]
    return pad_sequence(sets, batch_first=True), torch.tensor([kind for _, kind in samples])


class Block(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.attention = nn.MultiheadAttention(d, heads, batch_first=True)
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.mlp = nn.Sequential(nn.Linear(d, 2 * d), nn.GELU(), nn.Linear(2 * d, d))

    def forward(self, query, keys, hidden):
        mixed, _ = self.attention(query, keys, keys, key_padding_mask=hidden, need_weights=False)
        query = self.norm1(query + mixed)
        return self.norm2(query + self.mlp(query))


class SetTransformer(nn.Module):
    def __init__(self, d=32, heads=4, inducing=6):
        super().__init__()
        self.enter = nn.Linear(2, d)
        self.inducing = nn.Parameter(torch.randn(1, inducing, d) * 0.5)
        self.gather, self.spread = Block(d, heads), Block(d, heads)
        self.seed = nn.Parameter(torch.randn(1, 1, d) * 0.5)
        self.pool = Block(d, heads)
        self.head = nn.Linear(d, 4)

    def forward(self, batch):
        hidden = batch[..., 2] == 0
        x = self.enter(batch[..., :2])
        n = len(x)
        induced = self.gather(self.inducing.expand(n, -1, -1), x, hidden)
        x = self.spread(x, induced, None)
        return self.head(self.pool(self.seed.expand(n, -1, -1), x, hidden).squeeze(1))
