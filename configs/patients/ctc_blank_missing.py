import torch
from torch import nn
from torch.utils.data import TensorDataset

SYMBOLS = 5


def words(split, size=300, length=4):
    """Strips of four symbols, each three columns wide with a gap behind it; symbols are numbered from 0."""
    made = torch.Generator().manual_seed(0 if split == "train" else 1)
    patterns = torch.randn(SYMBOLS, 8, generator=torch.Generator().manual_seed(2))
    targets = torch.randint(0, SYMBOLS, (size, length), generator=made)
    symbols = patterns[targets].unsqueeze(2).expand(-1, -1, 3, -1)
    strips = torch.cat([symbols, torch.zeros(size, length, 1, 8)], 2).reshape(size, 4 * length, 8)
    return TensorDataset(strips + 0.2 * torch.randn(strips.shape, generator=made), targets)


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(8, 32, batch_first=True, bidirectional=True)
        self.out = nn.Linear(64, SYMBOLS)

    def forward(self, x):
        hidden, _ = self.gru(x)
        return self.out(hidden).log_softmax(-1).transpose(0, 1)


def spell(model, batch, loss):
    strips, targets = batch
    scores = model(strips)
    lengths = torch.full((len(strips),), len(scores))
    word_lengths = torch.full((len(strips),), targets.shape[1])
    return {"loss": loss(scores, targets, lengths, word_lengths), "outputs": scores, "targets": targets}
