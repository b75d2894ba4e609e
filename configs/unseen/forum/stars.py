"""Stars that a reader gives to a book: two embeddings, their product and two biases."""

import torch
from torch import nn
from torch.utils.data import Dataset

READERS, BOOKS = 80, 60


class Stars(Dataset):
    """Reader, book and one to five stars."""

    def __init__(self, split):
        g = torch.Generator().manual_seed(35)
        taste, content = torch.randn(READERS, 3, generator=g), torch.randn(BOOKS, 3, generator=g)
        kind, good = 0.4 * torch.randn(READERS, 1, generator=g), 0.5 * torch.randn(1, BOOKS, generator=g)
        stars = 3.2 + 0.6 * taste @ content.T + kind + good + 0.2 * torch.randn(READERS, BOOKS, generator=g)
        stars = stars.round().clamp(1, 5)
        order = torch.randperm(READERS * BOOKS, generator=g)
        cells = order[:3000] if split == "train" else order[3000:3800]
        self.pairs = torch.stack([cells // BOOKS, cells % BOOKS], dim=1)
        self.stars = stars.flatten()[cells]

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        return self.pairs[index], self.stars[index]


class Factors(nn.Module):
    def __init__(self, dim=6, output="sigmoid"):
        super().__init__()
        self.readers, self.books = nn.Embedding(READERS, dim), nn.Embedding(BOOKS, dim)
        self.reader_bias, self.book_bias = nn.Embedding(READERS, 1), nn.Embedding(BOOKS, 1)
        for table in (self.readers, self.books, self.reader_bias, self.book_bias):
            nn.init.normal_(table.weight, std=0.1)
        self.output = output

    def forward(self, pairs):
        reader, book = pairs[:, 0], pairs[:, 1]
        score = (self.readers(reader) * self.books(book)).sum(1)
        score = score + self.reader_bias(reader)[:, 0] + self.book_bias(book)[:, 0]
        if self.output == "stars":
            return 0.5 + 5 * torch.sigmoid(score)
        return torch.sigmoid(score)
