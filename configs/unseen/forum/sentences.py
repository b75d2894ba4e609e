"""Is a review good or bad: a convolution over words, as moved from TensorFlow 1."""

import torch
from torch import nn
from torch.utils.data import Dataset

# 0 pads, 1 is "not", then 30 good words, 30 bad words and 140 others
WORDS, GOOD, BAD, OTHER = 202, 2, 32, 62


class Reviews(Dataset):
    classes = ("bad", "good")

    def __init__(self, n, seed, length=16):
        g = torch.Generator().manual_seed(seed)
        self.rows = []
        for i in range(n):
            label = i % 2
            words = torch.randint(OTHER, WORDS, (length,), generator=g)
            for place in (torch.randperm(length // 2, generator=g)[:3] * 2).tolist():
                draw = torch.rand(2, generator=g)
                honest = bool(draw[0] < 0.85)
                says_good = (label == 1) == honest
                if draw[1] < 0.35:
                    words[place] = 1
                    says_good = not says_good
                first = GOOD if says_good else BAD
                words[place + 1] = first + int(torch.randint(30, (1,), generator=g))
            self.rows.append((words, label))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        return self.rows[index]


class TextCNN(nn.Module):
    def __init__(self, keep_prob, dim=24, filters=32):
        super().__init__()
        self.embedding = nn.Embedding(WORDS, dim, padding_idx=0)
        self.convs = nn.ModuleList([nn.Conv1d(dim, filters, size, padding=1) for size in (2, 3)])
        self.dropout = nn.Dropout(keep_prob)
        self.fc = nn.Linear(2 * filters, 2)

    def forward(self, words):
        x = self.dropout(self.embedding(words)).transpose(1, 2)
        pooled = [torch.relu(conv(x)).amax(dim=2) for conv in self.convs]
        return self.fc(self.dropout(torch.cat(pooled, dim=1)))
