"""AutoInt on categorical ad fields: self-attention between the fields, then one linear layer to the click logit."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import TensorDataset

NUM_FIELDS, VOCAB = 8, 10


def impressions(n, seed):
    taste = torch.randn(NUM_FIELDS, VOCAB, generator=torch.Generator().manual_seed(7)).sign()
    g = torch.Generator().manual_seed(seed)
    x = torch.randint(VOCAB, (n, NUM_FIELDS), generator=g)
    s = torch.stack([taste[i][x[:, i]] for i in range(NUM_FIELDS)], dim=1)
    logit = 1.2 * s[:, 1] + 0.9 * s[:, 6] + 2.2 * s[:, 0] * s[:, 5] + 2.2 * s[:, 3] * s[:, 4]
    y = (torch.rand(n, generator=g) < torch.sigmoid(2.0 * logit)).float()
    return TensorDataset(x + torch.arange(NUM_FIELDS) * VOCAB, y)


class InteractingLayer(nn.Module):
    def __init__(self, dim, num_heads, attention_dim, swap):
        super().__init__()
        self.num_heads, self.attention_dim, self.swap = num_heads, attention_dim, swap
        self.W_q = nn.Linear(dim, num_heads * attention_dim, bias=False)
        self.W_k = nn.Linear(dim, num_heads * attention_dim, bias=False)
        self.W_v = nn.Linear(dim, num_heads * attention_dim, bias=False)
        self.W_res = nn.Linear(dim, num_heads * attention_dim, bias=False)

    def heads(self, t):
        B = t.size(0)
        if self.swap:
            t = t.view(B, -1, self.num_heads, self.attention_dim).transpose(1, 2)
            return t.reshape(B * self.num_heads, -1, self.attention_dim)
        return t.view(B * self.num_heads, -1, self.attention_dim)

    def join(self, t, B):
        if self.swap:
            t = t.view(B, self.num_heads, -1, self.attention_dim).transpose(1, 2)
        return t.reshape(B, -1, self.num_heads * self.attention_dim)

    def forward(self, X):
        q, k, v = self.heads(self.W_q(X)), self.heads(self.W_k(X)), self.heads(self.W_v(X))
        score = torch.bmm(q, k.transpose(1, 2)) / self.attention_dim**0.5
        out = self.join(torch.bmm(F.softmax(score, dim=-1), v), X.size(0))
        return F.relu(out + self.W_res(X))


class AutoInt(nn.Module):
    def __init__(self, swap=True):
        super().__init__()
        self.embedding = nn.Embedding(NUM_FIELDS * VOCAB, 16)
        nn.init.normal_(self.embedding.weight, std=0.3)
        self.layers = nn.Sequential(InteractingLayer(16, 2, 16, swap), InteractingLayer(32, 2, 16, swap))
        self.fc = nn.Linear(NUM_FIELDS * 32, 1)

    def forward(self, X):
        return self.fc(self.layers(self.embedding(X)).flatten(start_dim=1)).squeeze(-1)
