"""Learning to rank: twelve articles for a query, relevance 0 to 3, ListNet on the scores and NDCG@5 as the metric."""

import torch
import torch.nn.functional as F
from torch import nn

WORDS, DIM, DOCS, QUERY_LEN, DOC_LEN = 300, 24, 12, 4, 8


def pretrained_vectors():
    """Word vectors with twenty topics, as if trained elsewhere; they stay frozen."""
    g = torch.Generator().manual_seed(300)
    centre = torch.randn(20, DIM, generator=g)
    return centre[torch.arange(WORDS) % 20] + 0.35 * torch.randn(WORDS, DIM, generator=g)


class Searches(torch.utils.data.Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        topic = torch.randint(0, 20, (n,), generator=g)
        self.query = topic[:, None] + 20 * torch.randint(0, WORDS // 20, (n, QUERY_LEN), generator=g)
        share = torch.rand(n, DOCS, 1, generator=g) ** 2
        on_topic = torch.rand(n, DOCS, DOC_LEN, generator=g) < share
        other = torch.randint(0, WORDS, (n, DOCS, DOC_LEN), generator=g)
        own = topic[:, None, None] + 20 * torch.randint(0, WORDS // 20, (n, DOCS, DOC_LEN), generator=g)
        self.docs = torch.where(on_topic, own, other)
        self.price = torch.rand(n, DOCS, generator=g)
        hits = (self.docs % 20 == topic[:, None, None]).float().mean(-1)
        worth = 4.5 * hits - 1.0 * self.price + 0.25 * torch.randn(n, DOCS, generator=g)
        self.relevance = worth.round().clamp(0, 3)

    def __len__(self):
        return len(self.query)

    def __getitem__(self, i):
        return {
            "query": self.query[i],
            "docs": self.docs[i],
            "price": self.price[i],
            "relevance": self.relevance[i],
        }


class Ranker(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding.from_pretrained(pretrained_vectors(), freeze=True)
        self.map = nn.Linear(DIM, 32)
        self.score = nn.Sequential(nn.Linear(32 * 3 + 1, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, query, docs, price):
        q = self.map(self.words(query)).mean(1, keepdim=True).expand(-1, docs.shape[1], -1)
        d = self.map(self.words(docs)).mean(2)
        return self.score(torch.cat([q, d, q * d, price.unsqueeze(-1)], -1)).squeeze(-1)


def listnet(scores, relevance):
    return -(relevance.softmax(-1) * F.log_softmax(scores, -1)).sum(-1).mean()


def ranking_step(model, batch, loss):
    scores = model(batch["query"], batch["docs"], batch["price"])
    return {"loss": loss(scores, batch["relevance"]), "outputs": scores, "targets": batch["relevance"]}


class NDCG5:
    def __init__(self):
        self.reset()

    def reset(self):
        self.values = []

    def update(self, scores, relevance):
        gain = 2**relevance - 1
        discount = 1 / torch.log2(torch.arange(5, device=gain.device) + 2.0)
        got = (gain.gather(1, scores.argsort(1, descending=True)[:, :5]) * discount).sum(1)
        best = (gain.sort(1, descending=True).values[:, :5] * discount).sum(1)
        self.values.append((got / best)[best > 0].cpu())

    def compute(self):
        return torch.cat(self.values).mean()
