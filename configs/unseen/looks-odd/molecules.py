import random

import torch
import torch.nn as nn
import torch.nn.functional as F

ATOMS = 6


class Molecules(torch.utils.data.Dataset):
    """Random molecules; one is reactive where an atom of kind 0 is bound to one of kind 1."""

    classes = ("inert", "reactive")

    def __init__(self, size, seed):
        rng = random.Random(seed)
        self.items = [self.draw(rng) for _ in range(size)]

    @staticmethod
    def draw(rng):
        n = rng.randint(7, 18)
        atoms = [rng.randrange(ATOMS) for _ in range(n)]
        bonds = {(rng.randrange(i), i) for i in range(1, n)}
        for _ in range(rng.randint(0, 3)):
            a, b = sorted(rng.sample(range(n), 2))
            bonds.add((a, b))
        reactive = any({atoms[a], atoms[b]} == {0, 1} for a, b in bonds)
        return atoms, sorted(bonds), int(reactive)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def collate(items):
    """Ragged graphs as one large graph of many parts; each bond in both directions, and each atom to itself."""
    atoms, source, target, owner, labels = [], [], [], [], []
    for index, (kinds, bonds, label) in enumerate(items):
        first = len(atoms)
        for a, b in bonds:
            source += [first + a, first + b]
            target += [first + b, first + a]
        own = range(first, first + len(kinds))
        source.extend(own)
        target.extend(own)
        owner += [index] * len(kinds)
        atoms += kinds
        labels.append(label)
    return {
        "atoms": torch.tensor(atoms),
        "edges": torch.tensor([source, target]),
        "owner": torch.tensor(owner),
        "y": torch.tensor(labels),
    }


class GATLayer(nn.Module):
    def __init__(self, size, heads=4):
        super().__init__()
        self.heads = heads
        self.lin_l = nn.Linear(size, size)
        self.lin_r = nn.Linear(size, size)
        self.att = nn.Parameter(torch.randn(heads, size // heads) * 0.3)
        self.norm = nn.LayerNorm(size)

    def forward(self, x, edges):
        src, dst = edges
        left = self.lin_l(x).view(len(x), self.heads, -1)
        right = self.lin_r(x).view(len(x), self.heads, -1)
        e = (F.leaky_relu(left[src] + right[dst], 0.2) * self.att).sum(-1)
        e = (e - e.max().detach()).exp()
        total = torch.zeros(len(x), self.heads, device=x.device).index_add(0, dst, e)
        weight = e / total[dst]
        mixed = torch.zeros_like(left).index_add(0, dst, weight.unsqueeze(-1) * left[src])
        return self.norm(x + F.elu(mixed.flatten(1) + right.flatten(1)))


class GAT(nn.Module):
    def __init__(self, size=48, layers=2):
        super().__init__()
        self.embed = nn.Embedding(ATOMS, size)
        self.layers = nn.ModuleList(GATLayer(size) for _ in range(layers))
        self.head = nn.Sequential(nn.Linear(size, size), nn.ReLU(), nn.Linear(size, 1))

    def forward(self, atoms, edges, owner, graphs):
        x = self.embed(atoms)
        for layer in self.layers:
            x = layer(x, edges)
        index = owner.unsqueeze(1).expand_as(x)
        pooled = x.new_zeros(graphs, x.shape[1]).scatter_reduce(0, index, x, "amax", include_self=False)
        return self.head(pooled).squeeze(1)


def step(model, batch, loss):
    y = batch["y"].float()
    logits = model(batch["atoms"], batch["edges"], batch["owner"], len(y))
    return {"loss": loss(logits, y), "outputs": logits, "targets": y}
