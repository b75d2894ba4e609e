"""Solubility of little molecules with a message passing network in plain torch."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

ATOMS = 4  # C, N, O, F


class Molecules(torch.utils.data.Dataset):
    def __init__(self, count, seed):
        rng = np.random.default_rng(seed)
        pull = np.array(
            [[0.0, 0.6, 1.2, -0.5], [0.6, -0.8, 0.3, 0.9], [1.2, 0.3, -1.0, 0.4], [-0.5, 0.9, 0.4, 0.7]]
        )
        self.graphs = []
        for _ in range(count):
            n = int(rng.integers(6, 15))
            atoms = rng.choice(ATOMS, size=n, p=[0.4, 0.25, 0.25, 0.1])
            bonds = [
                (i, int(rng.integers(max(0, i - 3), i))) for i in range(1, n)
            ]  # a tree, and a ring or two
            bonds += [(n - 1, 0)] * int(rng.random() < 0.5)
            y = sum(pull[atoms[a], atoms[b]] for a, b in bonds) / 3 + rng.normal(0, 0.1)
            edges = np.array(bonds + [(b, a) for a, b in bonds]).T
            self.graphs.append((torch.eye(ATOMS)[atoms], torch.tensor(edges), torch.tensor([y]).float()))

    def __len__(self):
        return len(self.graphs)

    def __getitem__(self, i):
        return self.graphs[i]


def collate(samples, offset=True):
    xs, edges, belongs, ys = [], [], [], []
    start = 0
    for k, (x, e, y) in enumerate(samples):
        xs.append(x)
        edges.append(e + start)
        belongs.append(torch.full((len(x),), k))
        ys.append(y)
        if offset:
            start += len(x)
    return (torch.cat(xs), torch.cat(edges, dim=1), torch.cat(belongs)), torch.stack(ys)


def collateConcat(samples):
    return collate(samples, offset=False)


class GNN(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.embed = nn.Linear(ATOMS, width)
        self.message = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(2))
        self.update = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(2))
        self.readout = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, x, edges, belongs):
        h = F.relu(self.embed(x))
        source, target = edges
        for message, update in zip(self.message, self.update, strict=True):
            m = F.relu(message(torch.cat([h[source], h[target]], dim=1)))
            inbox = torch.zeros_like(h).index_add(0, target, m)
            h = h + F.relu(update(torch.cat([h, inbox], dim=1)))
        pooled = torch.zeros(int(belongs.max()) + 1, h.shape[1], device=h.device).index_add(0, belongs, h)
        return self.readout(pooled)


def step(model, batch, loss):
    graph, y = batch
    prediction = model(*graph)
    return {"loss": loss(prediction, y), "outputs": prediction, "targets": y}
