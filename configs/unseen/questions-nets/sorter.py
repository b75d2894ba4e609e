"""An encoder and a decoder that sort short rows of numbers."""

import torch
import torch.nn as nn
from torch.utils.data import Dataset

SOS_token = 12  # one behind the numbers 0 … 11


class SortPairs(Dataset):
    def __init__(self, n, seed, length=6):
        gen = torch.Generator().manual_seed(seed)
        self.source = torch.randint(0, 12, (n, length), generator=gen)
        self.target = self.source.sort(dim=1)[0]

    def __len__(self):
        return len(self.source)

    def __getitem__(self, i):
        return self.source[i], self.target[i]


class EncoderRNN(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.embedding = nn.Embedding(12, 24)
        self.gru = nn.GRU(24, hidden_size, batch_first=True)

    def forward(self, src):
        return self.gru(self.embedding(src))[1]


class DecoderRNN(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.embedding = nn.Embedding(13, 24)
        self.gru = nn.GRU(24, hidden_size, batch_first=True)
        self.out = nn.Linear(hidden_size, 12)

    def forward(self, tokens, hidden):
        output, hidden = self.gru(self.embedding(tokens), hidden)
        return self.out(output), hidden


class Seq2Seq(nn.Module):
    def __init__(self, hidden_size=96):
        super().__init__()
        self.encoder = EncoderRNN(hidden_size)
        self.decoder = DecoderRNN(hidden_size)

    def forward(self, src, tgt=None):
        """Return logits [N, T, 12]; writes on its own words where no target is given."""
        hidden = self.encoder(src)
        token = torch.full((len(src), 1), SOS_token, device=src.device)
        if tgt is not None:
            return self.decoder(torch.cat([token, tgt[:, :-1]], dim=1), hidden)[0]
        steps = []
        for _ in range(src.shape[1]):
            logits, hidden = self.decoder(token, hidden)
            token = logits.argmax(-1)
            steps.append(logits)
        return torch.cat(steps, dim=1)


def repackage_hidden(h):
    return h.detach()


def train_iters(model, pair, criterion, repackage=False):
    src, tgt = pair
    start = torch.full((len(src), 1), SOS_token, device=src.device)
    encoder_hidden = model.encoder(src)
    if repackage:
        encoder_hidden = repackage_hidden(encoder_hidden)
    logits, _ = model.decoder(torch.cat([start, tgt[:, :-1]], dim=1), encoder_hidden)
    logits = logits.transpose(1, 2)
    return {"loss": criterion(logits, tgt), "outputs": logits, "targets": tgt}
