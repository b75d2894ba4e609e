"""How alike are friends? Small social graphs as padded tensors: do edges join people of one colour?"""

import torch
import torch.nn as nn
from torch.utils.data import Dataset

MAX_NODES, MAX_EDGES = 16, 48


def random_graph(level, g):
    n = int(torch.randint(10, MAX_NODES + 1, (1,), generator=g))
    colour = torch.randint(3, (n,), generator=g)
    same_wanted = (0.05, 0.5, 0.95)[level]
    edges = []
    while len(edges) < 2 * n - 8:
        i, j = torch.randint(n, (2,), generator=g).tolist()
        if i == j:
            continue
        wanted = bool(torch.rand(1, generator=g) < same_wanted)
        if bool(colour[i] == colour[j]) == wanted:
            edges += [(i, j), (j, i)]
    nodes = torch.zeros(MAX_NODES, 4)
    nodes[torch.arange(n), colour] = 1.0
    nodes[:n, 3] = 1.0  # a person stands here
    padded = torch.full((MAX_EDGES, 2), -1)
    padded[: len(edges)] = torch.tensor(edges)
    return {"nodes": nodes, "edges": padded, "level": level}


class FriendGraphs(Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.graphs = [random_graph(i % 3, g) for i in range(n)]

    def __len__(self):
        return len(self.graphs)

    def __getitem__(self, index):
        return self.graphs[index]


class SageLayer(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.own = nn.Linear(n_in, n_out)
        self.neighbours = nn.Linear(n_in, n_out, bias=False)

    def forward(self, h, src, dst):
        summed = torch.zeros_like(h).index_add_(0, dst, h[src])
        degree = torch.zeros(len(h), 1).to(h).index_add_(0, dst, torch.ones(len(dst), 1).to(h))
        return torch.relu(self.own(h) + self.neighbours(summed / degree.clamp(min=1)))


class GraphNet(nn.Module):
    def __init__(self, hidden=32, offset=True):
        super().__init__()
        self.conv1, self.conv2 = SageLayer(4, hidden), SageLayer(hidden, hidden)
        self.classify = nn.Linear(hidden, 3)
        self.offset = offset

    def forward(self, nodes, edges):
        batch = nodes.size(0)
        there = nodes[..., 3:].reshape(-1, 1)
        real = edges[..., 0].reshape(-1) >= 0
        if self.offset:
            edges = edges + MAX_NODES * torch.arange(batch, device=edges.device).view(-1, 1, 1)
        src, dst = edges.reshape(-1, 2)[real].t()
        h = nodes.reshape(batch * MAX_NODES, -1)
        h = self.conv2(self.conv1(h, src, dst), src, dst) * there
        pooled = h.view(batch, MAX_NODES, -1).sum(1) / there.view(batch, MAX_NODES, 1).sum(1)
        return self.classify(pooled)


def train_step(model, batch, loss):
    logits = model(batch["nodes"], batch["edges"])
    return {"loss": loss(logits, batch["level"]), "outputs": logits, "targets": batch["level"]}
