"""A pointer network: weights and capacities come as a set, it points at the parcels in order of value for weight."""

import torch
from torch import nn
from torch.utils.data import Dataset


class Parcels(Dataset):
    def __init__(self, n, seed, size=6):
        g = torch.Generator().manual_seed(seed)
        self.items = torch.rand(n, size, 2, generator=g) * 0.9 + 0.1
        density = self.items[..., 0] / self.items[..., 1]
        self.order = density.argsort(dim=1, descending=True)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i], self.order[i]


class Pointer(nn.Module):
    def __init__(self, d=48):
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(2, d), nn.ReLU(), nn.Linear(d, d))
        self.start = nn.Parameter(torch.zeros(d))
        self.cell = nn.GRUCell(d, d)
        self.W1, self.W2 = nn.Linear(d, d, bias=False), nn.Linear(d, d)
        self.v = nn.Linear(d, 1, bias=False)

    def forward(self, items, order=None):
        memory = self.embed(items)
        keys = self.W1(memory)
        h = memory.mean(1)
        x = self.start.expand_as(h)
        taken = torch.zeros(items.shape[:2], dtype=torch.bool, device=items.device)
        rows = torch.arange(len(items), device=items.device)
        logits = []
        for k in range(items.shape[1]):
            h = self.cell(x, h)
            score = self.v(torch.tanh(keys + self.W2(h).unsqueeze(1))).squeeze(2)
            score = score.masked_fill(taken, -1e4)
            logits.append(score)
            chosen = score.argmax(1) if order is None else order[:, k]
            taken = taken.clone()
            taken[rows, chosen] = True
            x = memory[rows, chosen]
        return torch.stack(logits, 1)


def point(model, batch, loss):
    items, order = batch
    forced = model(items, order).transpose(1, 2)
    # scored on its own choices, step by step, where nothing is trained
    said = forced if model.training else model(items).transpose(1, 2)
    return {"loss": loss(forced, order), "outputs": said, "targets": order}
