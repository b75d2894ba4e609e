"""A word-level language model with tied embeddings over a small controlled language."""

import torch
from torch import nn
from torch.utils.data import Dataset

VOCABULARY, TOPICS, LENGTH = 40, 2, 24


def language(seed=77):
    """Two topics, each with its own transition table [topics, words, words]."""
    g = torch.Generator().manual_seed(seed)
    return torch.softmax(2.2 * torch.randn(TOPICS, VOCABULARY, VOCABULARY, generator=g), dim=2)


class Corpus(Dataset):
    """Sentences of 24 words; the target is each next word."""

    def __init__(self, sentences, seed):
        table = language()
        g = torch.Generator().manual_seed(seed)
        topic = torch.randint(TOPICS, (sentences,), generator=g)
        words = torch.randint(VOCABULARY, (sentences,), generator=g)
        text = [words]
        for _ in range(LENGTH):
            words = torch.multinomial(table[topic, words], 1, generator=g).squeeze(1)
            text.append(words)
        self.text = torch.stack(text, dim=1)

    def __len__(self):
        return len(self.text)

    def __getitem__(self, index):
        return self.text[index, :-1], self.text[index, 1:]


class TiedLM(nn.Module):
    def __init__(self, width=64, dropout=0.1):
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, width)
        nn.init.normal_(self.embed.weight, std=width**-0.5)
        self.drop = nn.Dropout(dropout)
        self.lstm = nn.LSTM(width, width, batch_first=True)
        self.decoder = nn.Linear(width, VOCABULARY)
        self.decoder.weight = self.embed.weight

    def forward(self, words):
        states, _ = self.lstm(self.drop(self.embed(words)))
        return self.decoder(self.drop(states)).transpose(1, 2)
