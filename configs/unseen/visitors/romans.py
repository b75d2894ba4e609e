"""Arabic to Roman numerals, letter by letter: encoder, attention, decoder with teacher forcing."""

import random

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

PAD, BOS, EOS = 0, 1, 2
OUT = {letter: i + 3 for i, letter in enumerate("IVXLCDM")}
VALUES = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"))
VALUES += ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def to_roman(number):
    text = ""
    for value, letters in VALUES:
        text += letters * (number // value)
        number %= value
    return text


class Numerals(torch.utils.data.Dataset):
    def __init__(self, part):
        numbers = list(range(1, 4000))
        random.Random(12).shuffle(numbers)
        self.numbers = numbers[:3200] if part == "train" else numbers[3200:]

    def __len__(self):
        return len(self.numbers)

    def __getitem__(self, i):
        number = self.numbers[i]
        src = torch.tensor([int(d) + 1 for d in f"{number:04d}"])
        tgt = torch.tensor([BOS, *(OUT[c] for c in to_roman(number)), EOS])
        return src, tgt


def collate(pairs):
    src, tgt = zip(*pairs, strict=True)
    return torch.stack(src), pad_sequence(tgt, batch_first=True, padding_value=PAD)


class Seq2Seq(nn.Module):
    def __init__(self, hidden=64):
        super().__init__()
        self.src_emb = nn.Embedding(11, hidden)
        self.tgt_emb = nn.Embedding(10, hidden, padding_idx=PAD)
        self.encoder = nn.GRU(hidden, hidden // 2, bidirectional=True, batch_first=True)
        self.decoder = nn.GRU(hidden, hidden, batch_first=True)
        self.query = nn.Linear(hidden, hidden)
        self.out = nn.Linear(2 * hidden, 10)

    def forward(self, src, tgt_in):
        memory, state = self.encoder(self.src_emb(src))
        state = torch.cat([state[0], state[1]], dim=-1).unsqueeze(0)
        dec, _ = self.decoder(self.tgt_emb(tgt_in), state)
        scores = self.query(dec) @ memory.transpose(1, 2) / memory.shape[-1] ** 0.5
        context = scores.softmax(-1) @ memory
        return self.out(torch.cat([dec, context], -1))


def teacher_forcing(model, batch, loss):
    src, tgt = batch
    logits = model(src, tgt[:, :-1]).transpose(1, 2)
    wanted = tgt[:, 1:]
    return {"loss": loss(logits, wanted), "outputs": logits, "targets": wanted}
