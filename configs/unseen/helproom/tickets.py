"""Route a support ticket to one of four desks by its words; vectors come from a small in-house file."""

import torch
import torch.nn as nn
from torch.utils.data import Dataset

VOCAB, LENGTH, DIM = 600, 14, 40
DESKS = ["billing", "network", "hardware", "accounts"]


class TicketDataset(Dataset):
    classes = DESKS

    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        self.y = torch.arange(n) % 4
        # a quarter of the words belongs to each desk; half of a ticket is chatter
        own = torch.randint(1, 120, (n, LENGTH), generator=g) + 120 * self.y.unsqueeze(1)
        chatter = torch.randint(1, VOCAB, (n, LENGTH), generator=g)
        self.x = torch.where(torch.rand(n, LENGTH, generator=g) < 0.5, own, chatter)
        lengths = torch.randint(8, LENGTH + 1, (n, 1), generator=g)
        self.x[torch.arange(LENGTH).expand(n, -1) >= lengths] = 0

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


def load_vectors():
    """The word file knows few of our words; the others get random vectors, as usual."""
    vectors = torch.randn(VOCAB, DIM, generator=torch.Generator().manual_seed(99)) * 0.3
    vectors[0] = 0
    return vectors


class Router(nn.Module):
    def __init__(self, **embedding_options):
        super().__init__()
        self.emb = nn.Embedding.from_pretrained(load_vectors(), padding_idx=0, **embedding_options)
        self.hidden = nn.Linear(DIM, 24)
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(24, len(DESKS))

    def forward(self, tokens):
        known = (tokens != 0).float().unsqueeze(-1)
        mean = (self.emb(tokens) * known).sum(1) / known.sum(1)
        return self.out(self.drop(torch.relu(self.hidden(mean))))
