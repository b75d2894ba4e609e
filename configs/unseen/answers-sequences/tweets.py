"""Topics of short messages: packed sequences into an LSTM."""

import random

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import Dataset

TOPICS = {
    "sport": ["match", "goal", "team", "coach", "league", "score", "player", "season", "stadium", "win"],
    "food": ["soup", "bread", "cook", "taste", "lunch", "pepper", "oven", "sweet", "recipe", "salt"],
    "travel": ["flight", "beach", "hotel", "train", "passport", "island", "luggage", "road", "map", "city"],
    "tech": ["phone", "code", "laptop", "update", "screen", "app", "server", "battery", "cable", "robot"],
}
COMMON = [
    "i",
    "you",
    "we",
    "the",
    "a",
    "so",
    "very",
    "just",
    "now",
    "today",
    "again",
    "with",
    "my",
    "all",
    "this",
    "that",
    "not",
    "is",
    "was",
    "and",
    "to",
]
word2idx = {w: i + 1 for i, w in enumerate(COMMON + [w for ws in TOPICS.values() for w in ws])}


class TweetDataset(Dataset):
    def __init__(self, n, seed):
        rng = random.Random(seed)
        names = list(TOPICS)
        self.data = []
        for _ in range(n):
            label = rng.randrange(4)
            words = []
            for _ in range(rng.randint(5, 22)):
                u = rng.random()
                topic = names[label] if u < 0.3 else rng.choice(names)
                words.append(rng.choice(TOPICS[topic] if u < 0.38 else COMMON))
            self.data.append(([word2idx[w] for w in words], label))

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        ids, label = self.data[i]
        return torch.tensor(ids), torch.tensor(label)


def collate(batch):
    seqs = [b[0] for b in batch]
    labels = torch.stack([b[1] for b in batch])
    seqs.sort(key=len, reverse=True)
    return pad_sequence(seqs, batch_first=True), labels


def collateSorted(batch):
    batch = sorted(batch, key=lambda b: len(b[0]), reverse=True)
    seqs = [b[0] for b in batch]
    labels = torch.stack([b[1] for b in batch])
    return pad_sequence(seqs, batch_first=True), labels


class TopicLSTM(nn.Module):
    def __init__(self, vocab_size=62, embedding_dim=32, hidden_dim=48):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=0)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, batch_first=True)
        self.linear = nn.Linear(hidden_dim, 4)

    def forward(self, x):
        lengths = (x != 0).sum(dim=1).cpu()
        packed = pack_padded_sequence(self.embedding(x), lengths, batch_first=True, enforce_sorted=False)
        _, (h, _) = self.lstm(packed)
        return self.linear(h.squeeze(0))
