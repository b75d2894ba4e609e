"""From spelling to pronunciation: an encoder and a decoder with attention, taught with the right sounds so far."""

import random

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

LETTERS = "_abcdefghijklmnopqrstuvwxyz"
ONSETS = {
    "sh": "S",
    "ch": "C",
    "th": "T",
    "ph": "f",
    "k": "k",
    "c": "k",
    "b": "b",
    "t": "t",
    "m": "m",
    "n": "n",
    "st": "s t",
}
VOWELS = {"a": "A", "e": "E", "i": "I", "o": "O", "ee": "i", "oo": "u", "ai": "e", "ow": "W"}
CODAS = {"": "", "n": "n", "ck": "k", "ng": "N", "t": "t", "ll": "l", "dge": "J"}
SOFT = {"c": "s"}  # before e and i
LONG = {"a": "e", "i": "Y", "o": "o", "e": "i"}  # before a single consonant and a silent e
SOUNDS = ["<pad>", "<go>", "<end>", *sorted("SCTfkbtmnsAEIOiueWNlJYo")]


def syllable(rng):
    onset, vowel, coda = rng.choice(list(ONSETS)), rng.choice(list(VOWELS)), rng.choice(list(CODAS))
    first = SOFT.get(onset, ONSETS[onset]) if vowel[0] in "ei" else ONSETS[onset]
    if coda in ("n", "t") and len(vowel) == 1 and rng.random() < 0.5:
        return onset + vowel + coda + "e", f"{first} {LONG[vowel]} {CODAS[coda]}"
    return onset + vowel + coda, f"{first} {VOWELS[vowel]} {CODAS[coda]}"


class Lexicon(Dataset):
    def __init__(self, words, seed):
        rng = random.Random(seed)
        self.entries = []
        for _ in range(words):
            parts = [syllable(rng) for _ in range(rng.randint(1, 3))]
            self.entries.append(("".join(p[0] for p in parts), " ".join(p[1] for p in parts).split()))

    def __len__(self):
        return len(self.entries)

    def __getitem__(self, index):
        spelling, sounds = self.entries[index]
        ids = [SOUNDS.index(sound) for sound in sounds]
        return torch.tensor([LETTERS.index(c) for c in spelling]), torch.tensor([1, *ids, 2])


def collate(samples):
    spellings, sounds = zip(*samples, strict=True)
    return {
        "letters": pad_sequence(spellings, batch_first=True),
        "sounds": pad_sequence(sounds, batch_first=True),
    }


class Seq2Seq(nn.Module):
    def __init__(self, width=48):
        super().__init__()
        self.letters = nn.Embedding(len(LETTERS), width, padding_idx=0)
        self.sounds = nn.Embedding(len(SOUNDS), width, padding_idx=0)
        self.encoder = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.keys = nn.Linear(2 * width, width, bias=False)
        self.decoder = nn.GRU(width, width, batch_first=True)
        self.start = nn.Linear(2 * width, width)
        self.out = nn.Sequential(nn.Linear(3 * width, width), nn.Tanh(), nn.Linear(width, len(SOUNDS)))

    def forward(self, letters, so_far):
        padding = letters == 0
        packed = nn.utils.rnn.pack_padded_sequence(
            self.letters(letters), (~padding).sum(1).cpu(), batch_first=True, enforce_sorted=False
        )
        memory, last = self.encoder(packed)
        memory, _ = nn.utils.rnn.pad_packed_sequence(memory, batch_first=True)
        begin = torch.tanh(self.start(torch.cat([last[0], last[1]], dim=1)))
        states, _ = self.decoder(self.sounds(so_far), begin.unsqueeze(0))
        scores = states @ self.keys(memory).transpose(1, 2)
        weights = scores.masked_fill(padding.unsqueeze(1), float("-inf")).softmax(2)
        return self.out(torch.cat([states, weights @ memory], dim=2)).transpose(1, 2)


def teacher_forcing(model, batch, loss):
    sounds = batch["sounds"]
    logits = model(batch["letters"], sounds[:, :-1])
    return {"loss": loss(logits, sounds[:, 1:]), "outputs": logits, "targets": sounds[:, 1:]}


def inverse_root(optimizer, warmup):
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, (warmup / (step + 1)) ** 0.5)
    )
