"""Read the symbols out of a radio signal whose letters are not aligned with time (CTC)."""

import torch
from torch import nn
from torch.utils.data import Dataset

SYMBOLS = 5


class Signals(Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)

        def draw(low, high):
            return int(torch.randint(low, high + 1, (1,), generator=g))

        self.items = []
        for _ in range(n):
            word = [draw(1, SYMBOLS) for _ in range(draw(2, 6))]
            parts = [torch.zeros(draw(1, 5))]
            for symbol in word:
                t = torch.arange(draw(8, 12)).float()
                parts += [torch.sin(2 * torch.pi * symbol * t / 13 + draw(0, 6)), torch.zeros(draw(2, 6))]
            signal = torch.cat(parts)
            self.items.append((signal + 0.15 * torch.randn(len(signal), generator=g), torch.tensor(word)))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def collate(items):
    signals, words = zip(*items, strict=True)
    lengths = torch.tensor([len(s) for s in signals])
    sizes = torch.tensor([len(w) for w in words])
    x = nn.utils.rnn.pad_sequence(signals, batch_first=True)
    y = nn.utils.rnn.pad_sequence(words, batch_first=True)
    return x.unsqueeze(1), y, lengths, sizes


class Reader(nn.Module):
    def __init__(self, width=48):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv1d(1, width, 9, padding=4),
            nn.ReLU(),
            nn.Conv1d(width, width, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.Conv1d(width, width, 5, padding=2),
            nn.ReLU(),
            nn.Conv1d(width, SYMBOLS + 1, 1),
        )

    def forward(self, x):
        return self.net(x).permute(2, 0, 1).log_softmax(2)  # [T/2, B, 6]; class 0 is the blank


def ctc_step(model, batch, loss):
    x, y, lengths, sizes = batch
    return loss(model(x), y, (lengths + 1) // 2, sizes)


class LengthBuckets:
    """Batches of signals of like length, in random order."""

    def __init__(self, dataset, size, seed=0):
        order = sorted(range(len(dataset)), key=lambda i: len(dataset[i][0]))
        self.batches = [order[i : i + size] for i in range(0, len(order), size)]
        self.generator = torch.Generator().manual_seed(seed)

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        for i in torch.randperm(len(self.batches), generator=self.generator).tolist():
            yield self.batches[i]
