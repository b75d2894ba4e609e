"""Which of four alarms fired first in a machine's event log: a small transformer, read from its first token."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

EVENTS, LENGTH, START = 16, 14, 16  # 0..3 are alarms, 4..7 their usual causes, 16 is the start token


def logs(n, seed):
    rng = torch.Generator().manual_seed(seed)
    rows = torch.randint(8, EVENTS, (n, LENGTH), generator=rng)
    first = torch.randint(0, 4, (n,), generator=rng)
    for row, alarm in zip(rows, first, strict=True):
        slots, usual = (
            torch.randperm(LENGTH, generator=rng)[:4].sort().values,
            torch.rand(1, generator=rng) < 0.6,
        )
        others = (alarm + 1 + torch.randperm(3, generator=rng)[:2]) % 4
        cause = 4 + (alarm if usual else torch.randint(0, 4, (1,), generator=rng)).view(1)
        row[slots] = torch.cat([alarm.view(1), cause, others])
    start = torch.full((n, 1), START)
    return TensorDataset(torch.cat([start, rows], dim=1), first)


class Block(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attn = nn.MultiheadAttention(d, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(d, 2 * d), nn.GELU(), nn.Linear(2 * d, d))

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.ln_2(x))


class LogTransformer(nn.Module):
    def __init__(self, d=32, heads=4, depth=2):
        super().__init__()
        self.wte = nn.Embedding(EVENTS + 1, d)
        self.wpe = nn.Parameter(torch.empty(1, LENGTH + 1, d).normal_(std=0.02))
        self.blocks = nn.Sequential(*[Block(d, heads) for _ in range(depth)])
        self.ln_f = nn.LayerNorm(d)
        self.head = nn.Linear(d, 4)

    def forward(self, tokens):
        x = self.blocks(self.wte(tokens) + self.wpe)
        return self.head(self.ln_f(x)[:, 0])


def configure_optimizer(model, lr, weight_decay, rest_without_decay=False):
    decay, no_decay = [], []
    for module in model.modules():
        if isinstance(module, nn.Linear):
            decay.append(module.weight)
            no_decay.append(module.bias)
        elif isinstance(module, nn.LayerNorm):
            no_decay.extend(module.parameters())
    if rest_without_decay:
        seen = {id(p) for p in decay + no_decay}
        no_decay.extend(p for p in model.parameters() if id(p) not in seen)
    groups = [
        {"params": decay, "weight_decay": weight_decay},
        {"params": no_decay, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.98))
