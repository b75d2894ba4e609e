"""Next-note prediction on random folk-like melodies: the music is made by dice, so the loss cannot come near 0."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

SCALE = 15  # two octaves of a major scale and the final
BARS = 32


def compose(rng):
    note, direction, tune = int(rng.integers(4, 11)), 1, []
    for t in range(BARS + 1):
        tune.append(note)
        if t % 8 == 7:
            note = int(rng.choice([0, 4, 7, 11], p=[0.4, 0.2, 0.3, 0.1]))  # a phrase ends on the chord
            continue
        move = rng.choice([0, 1, 2, -1, 4], p=[0.1, 0.55, 0.15, 0.12, 0.08])
        if move == -1:
            direction = -direction
            move = 1
        note += direction * int(move)
        if note < 0 or note >= SCALE:
            direction = -direction
            note = min(max(note, 1), SCALE - 2)
    return tune


class Melodies(torch.utils.data.Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.tunes = torch.tensor([compose(rng) for _ in range(n)])

    def __len__(self):
        return len(self.tunes)

    def __getitem__(self, idx):
        tune = self.tunes[idx]
        return tune[:-1], tune[1:]


class CausalBlock(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.ln1, self.ln2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.proj = nn.Linear(dim, dim, bias=False)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (p.view(b, t, self.heads, -1).transpose(1, 2) for p in self.qkv(self.ln1(x)).chunk(3, -1))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.proj(y.transpose(1, 2).reshape(b, t, c))
        return x + self.mlp(self.ln2(x))


class TinyGPT(nn.Module):
    def __init__(self, dim=32, depth=2):
        super().__init__()
        self.wte = nn.Embedding(SCALE, dim)
        self.wpe = nn.Embedding(BARS, dim)
        self.blocks = nn.Sequential(*(CausalBlock(dim, 4) for _ in range(depth)))
        self.ln = nn.LayerNorm(dim)
        self.lm_head = nn.Linear(dim, SCALE, bias=False)
        self.apply(self._init)
        self.lm_head.weight = self.wte.weight  # tied

    @staticmethod
    def _init(module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=0.02)

    def forward(self, notes):
        x = self.wte(notes) + self.wpe(torch.arange(notes.shape[1], device=notes.device))
        return self.lm_head(self.ln(self.blocks(x)))


def lm_step(model, batch, loss):
    x, y = batch
    logits = model(x)
    flat, wanted = logits.reshape(-1, SCALE), y.reshape(-1)
    return {"loss": loss(flat, wanted), "outputs": flat, "targets": wanted}
