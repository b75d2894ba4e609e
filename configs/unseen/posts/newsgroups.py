"""Topic of a short post from its words; the posts lie in one folder per topic."""

import random

import torch
from torch import nn
from torch.utils.data import Dataset

TOPICS = ["autos", "hockey", "medicine", "religion", "space"]
VOCAB = 400


def load_folder(topic, count):
    rng = random.Random(100 + topic)
    own = range(1 + 60 * topic, 1 + 60 * (topic + 1))
    posts = []
    for _ in range(count):
        words = [
            rng.choice(own) if rng.random() < 0.4 else rng.randrange(1, VOCAB)
            for _ in range(rng.randint(12, 30))
        ]
        posts.append((words + [0] * 30)[:30])
    return posts


class Posts(Dataset):
    classes = TOPICS

    def __init__(self, split, shuffle=False, validation_split=0.2):
        data, labels = [], []
        for k in range(len(TOPICS)):
            data += load_folder(k, 600)
            labels += [k] * 600
        indices = list(range(len(data)))
        if shuffle:
            random.Random(0).shuffle(indices)
        nb_validation_samples = int(validation_split * len(data))
        keep = indices[:-nb_validation_samples] if split == "train" else indices[-nb_validation_samples:]
        self.x = torch.tensor([data[i] for i in keep])
        self.y = torch.tensor([labels[i] for i in keep])

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class TextModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.EmbeddingBag(VOCAB, 24, mode="mean", padding_idx=0)
        self.dropout = nn.Dropout(0.3)
        self.dense = nn.Linear(24, 5)

    def forward(self, x):
        return self.dense(self.dropout(self.embedding(x)))
