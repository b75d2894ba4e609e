"""Whether a review praises, blames or shrugs: a small transformer encoder over eight word numbers."""

import math

import torch
from torch import nn
from torch.utils.data import Dataset

WORDS, LENGTH = 16, 8  # 1 to 4 praise, 5 to 8 blame, 9 turns the next word round, the rest says nothing


def reviews(count, seed):
    """Return words [N, 8] and opinions [N]: 0 blame, 1 neither, 2 praise."""
    draw = torch.Generator().manual_seed(seed)
    words = torch.randint(1, WORDS, (count, LENGTH), generator=draw)
    worth = (words < 5).long() - ((words >= 5) & (words < 9)).long()
    turned = (words == 9).roll(1, dims=1)
    turned[:, 0] = False
    total = torch.where(turned, -worth, worth).sum(1)
    return words, (total > 1).long() - (total < -1).long() + 1


class Reviews(Dataset):
    """Reviews as pairs of word numbers and opinion.

    Args:
        split: train or validation.
        count: Reviews to train on.
        answered: How many reviews stand in the file twice, the second time with another reader's opinion.
        one_hot: Opinions as rows of three numbers.
    """

    classes = ("blame", "neither", "praise")

    def __init__(self, split, count=4000, answered=0, one_hot=False):
        self.words, self.labels = reviews(count if split == "train" else 400, 21 if split == "train" else 22)
        if answered:
            self.words = torch.cat([self.words, self.words[:answered]])
            self.labels = torch.cat([self.labels, (self.labels[:answered] + 1) % 3])
        if one_hot:
            self.labels = nn.functional.one_hot(self.labels, 3)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.words[index], self.labels[index]


class ReviewNet(nn.Module):
    """Embedding with positions, one encoder layer, mean over the words, head.

    Args:
        width: Of every token.
        norm_first: As torch calls it.
        outputs: Width of the head.
        pool: Axis of the mean.
    """

    def __init__(self, width=32, norm_first=True, outputs=3, pool=1):
        super().__init__()
        self.tokens = nn.Embedding(WORDS, width)
        self.positions = nn.Parameter(torch.randn(LENGTH, width) / math.sqrt(width))
        self.encoder = nn.TransformerEncoderLayer(
            width, 4, 2 * width, dropout=0.1, batch_first=True, norm_first=norm_first
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, outputs)
        self.pool = pool

    def embed(self, words):
        return self.tokens(words) + self.positions

    def forward(self, words):
        pooled = self.norm(self.encoder(self.embed(words))).mean(self.pool)
        return self.head(pooled)


class PositionNet(ReviewNet):
    """The review network with positions added to an empty canvas."""

    def embed(self, words):
        x = self.tokens(words)
        return torch.zeros_like(x) + self.positions


def warm_up(optimizer, steps=40, total=400):
    """Return a linear warm-up and a linear decay."""

    def factor(step):
        return min((step + 1) / steps, max(0.0, (total - step) / max(1, total - steps)))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
