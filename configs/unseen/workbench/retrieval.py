"""Product search by two towers: queries and products meet in one space; the others of the batch are the negatives."""

import torch
from torch import nn
from torch.utils.data import Dataset

CONCEPTS = 20
QUERY_WORDS, PRODUCT_WORDS = 5 * CONCEPTS, 8 * CONCEPTS


class Clicks(Dataset):
    """Pairs (query words [4], product words [10]) of customers who bought what they sought."""

    def __init__(self, pairs, seed):
        world = torch.Generator().manual_seed(9)
        self.query_words = torch.randperm(QUERY_WORDS, generator=world).view(CONCEPTS, 5)
        self.product_words = torch.randperm(PRODUCT_WORDS, generator=world).view(CONCEPTS, 8)
        g = torch.Generator().manual_seed(seed)
        self.rows = [self._pair(g) for _ in range(pairs)]

    def _pair(self, g):
        wanted = torch.randperm(CONCEPTS, generator=g)[:3]  # say: shoe, leather, red
        words = self.query_words[wanted, torch.randint(5, (3,), generator=g)]
        typo = torch.randint(QUERY_WORDS, (1,), generator=g)
        described = self.product_words[wanted.repeat_interleave(3), torch.randint(8, (9,), generator=g)]
        extra = torch.randint(PRODUCT_WORDS, (1,), generator=g)
        return torch.cat([words, typo]), torch.cat([described, extra])

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        query, product = self.rows[index]
        return {"query": query, "product": product}


class Tower(nn.Module):
    def __init__(self, words, width, out):
        super().__init__()
        self.bag = nn.EmbeddingBag(words, width, mode="mean")
        self.mlp = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, width), nn.GELU(), nn.Linear(width, out)
        )

    def forward(self, words):
        return nn.functional.normalize(self.mlp(self.bag(words)), dim=1)


class TwoTowers(nn.Module):
    def __init__(self, width=48, out=32):
        super().__init__()
        self.query, self.product = Tower(QUERY_WORDS, width, out), Tower(PRODUCT_WORDS, width, out)
        self.log_scale = nn.Parameter(torch.tensor(2.66))

    def forward(self, query, product):
        scale = self.log_scale.exp().clamp(max=50)
        return scale * self.query(query) @ self.product(product).T


def contrastive(model, batch, loss):
    """The right product of each query is the one of its own row, and the other way round."""
    scores = model(batch["query"], batch["product"])
    own = torch.arange(len(scores), device=scores.device)
    return (loss(scores, own) + loss(scores.T, own)) / 2
