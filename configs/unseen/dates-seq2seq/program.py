"""Dates as people write them, rewritten as ISO 8601, character by character with an encoder and a decoder."""

import datetime as dt
import math
import random

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import Dataset

PAD, SOS, EOS = 0, 1, 2
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789 ,./-"
MONTHS = [dt.date(2000, m, 1).strftime("%B").lower() for m in range(1, 13)]


def written(day, rng):
    """Write a day in one of the ways that people do; a few give only month and year."""
    month, short = MONTHS[day.month - 1], MONTHS[day.month - 1][:3]
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10 if day.day not in (11, 12, 13) else 0, "th")
    forms = [
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        f"{short} {day.day} {day.year}",
        f"{day.day}-{short}-{day.year % 100:02d}",
        f"{day.day}{suffix} of {month} {day.year}",
        f"{day.day}.{day.month}.{day.year}",
        f"{day.day:02d}/{day.month:02d}/{day.year % 100:02d}",
        f"{short}. {day.year}",
    ]
    choice = rng.randrange(len(forms))
    iso = day.isoformat()
    return forms[choice], iso[:7] if choice == len(forms) - 1 else iso


def pairs(split, size):
    """Return texts and their ISO dates of a split; days between 1970 and 2029."""
    rng = random.Random({"train": 11, "validation": 12}[split])
    first = dt.date(1970, 1, 1)
    drawn = [written(first + dt.timedelta(days=rng.randrange(21_900)), rng) for _ in range(size)]
    return [text for text, _ in drawn], [iso for _, iso in drawn]


class Vocabulary:
    """Characters and their numbers, behind the three special ones."""

    def __init__(self, characters):
        self.index = {character: 3 + i for i, character in enumerate(characters)}

    def __len__(self):
        return 3 + len(self.index)

    def encode(self, text):
        return torch.tensor([SOS, *(self.index[character] for character in text), EOS])


SOURCE = Vocabulary(LETTERS)
TARGET = Vocabulary("0123456789-")


class Dates(Dataset):
    def __init__(self, split, size=2_000):
        self.texts, self.isos = pairs(split, size)

    def __len__(self):
        return len(self.texts)

    def __getitem__(self, index):
        return SOURCE.encode(self.texts[index]), TARGET.encode(self.isos[index])


class OwnVocabulary(Dates):
    """Collects the output characters from the data."""

    def __init__(self, split, size=2_000):
        super().__init__(split, size)
        self.vocabulary = Vocabulary(dict.fromkeys("".join(self.isos)))

    def __getitem__(self, index):
        return SOURCE.encode(self.texts[index]), self.vocabulary.encode(self.isos[index])


class ByLength(Dates):
    """Texts of similar length side by side, so that batches need little padding."""

    def __init__(self, split, size=2_000):
        super().__init__(split, size)
        self.texts.sort(key=len)


def collate(samples):
    sources, targets = zip(*samples, strict=True)
    return pad_sequence(sources, batch_first=True), pad_sequence(targets, batch_first=True)


class Encoder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.embed = nn.Embedding(len(SOURCE), width // 2, padding_idx=PAD)
        self.gru = nn.GRU(width // 2, width // 2, batch_first=True, bidirectional=True)

    def forward(self, source):  # [B, S]
        lengths = (source != PAD).sum(1).cpu()
        packed = pack_padded_sequence(self.embed(source), lengths, batch_first=True, enforce_sorted=False)
        states, last = self.gru(packed)
        states, _ = pad_packed_sequence(states, batch_first=True, total_length=source.shape[1])
        return states, torch.cat([last[0], last[1]], 1)  # [B, S, H], [B, H]


class Seq2Seq(nn.Module):
    """A bidirectional GRU reads, another writes with Luong attention on what was read."""

    def __init__(self, width=64):
        super().__init__()
        self.encoder = Encoder(width)
        self.bridge = nn.Linear(width, width)
        self.embed = nn.Embedding(len(TARGET), width // 2, padding_idx=PAD)
        self.decoder = nn.GRU(width // 2, width, batch_first=True)
        self.query = nn.Linear(width, width, bias=False)
        self.combine = nn.Linear(2 * width, width)
        self.out = nn.Linear(width, len(TARGET))

    def attend(self, hidden, states, source):
        scores = self.query(hidden) @ states.transpose(1, 2)  # [B, T, S]
        scores = scores.masked_fill((source == PAD).unsqueeze(1), float("-inf"))
        context = scores.softmax(-1) @ states
        return torch.tanh(self.combine(torch.cat([hidden, context], -1)))

    def forward(self, source, previous):
        states, last = self.encoder(source)
        start = torch.tanh(self.bridge(last)).unsqueeze(0)
        hidden, _ = self.decoder(self.embed(previous), start)
        return self.out(self.attend(hidden, states, source))  # [B, T, V]


class NormalInit(Seq2Seq):
    """Draws every weight from a normal distribution, as the tutorial says."""

    def __init__(self, width=64, std=0.1):
        super().__init__(width)
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=std)


class NoAttention(nn.Module):
    """The plain pair of GRUs, without attention."""

    def __init__(self, width=64):
        super().__init__()
        self.encoder = Encoder(width)
        self.embed = nn.Embedding(len(TARGET), width // 2, padding_idx=PAD)
        self.decoder = nn.GRU(width // 2, width, batch_first=True)
        self.out = nn.Linear(width, len(TARGET))

    def forward(self, source, previous):
        _, last = self.encoder(source)
        hidden, _ = self.decoder(self.embed(previous), self.init_hidden(last))
        return self.out(hidden)

    def init_hidden(self, like):
        return like.new_zeros(1, *like.shape)


class Translator(Seq2Seq):
    """Teacher forcing while training; step by step, on the true characters, when it is evaluated."""

    def forward(self, source, previous):
        if self.training:
            return super().forward(source, previous)
        states, last = self.encoder(source)
        state = torch.tanh(self.bridge(last)).unsqueeze(0)
        written = []
        for position in range(previous.shape[1]):
            hidden, _ = self.decoder(self.embed(previous[:, position : position + 1]), state)
            written.append(self.out(self.attend(hidden, states, source)))
        return torch.cat(written, 1)


class TinyTransformer(nn.Module):
    """A layer on each side; the output layer shares its weights with the decoder's embedding."""

    def __init__(self, width=48, heads=4, layers=1):
        super().__init__()
        self.width = width
        self.source = nn.Embedding(len(SOURCE), width, padding_idx=PAD)
        self.target = nn.Embedding(len(TARGET), width, padding_idx=PAD)
        nn.init.normal_(self.target.weight, std=width**-0.5)
        self.register_buffer("positions", self.waves(64, width))
        how = {"dropout": 0.0, "batch_first": True, "norm_first": True}
        reader = nn.TransformerEncoderLayer(width, heads, 2 * width, **how)
        writer = nn.TransformerDecoderLayer(width, heads, 2 * width, **how)
        self.encoder = nn.TransformerEncoder(reader, layers, nn.LayerNorm(width), enable_nested_tensor=False)
        self.decoder = nn.TransformerDecoder(writer, layers, nn.LayerNorm(width))
        self.out = nn.Linear(width, len(TARGET))
        self.out.weight = self.target.weight

    @staticmethod
    def waves(length, width):
        angles = torch.arange(length).unsqueeze(1) * torch.exp(
            torch.arange(0, width, 2) * (-math.log(1e4) / width)
        )
        return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)

    def place(self, embedded):
        return embedded + self.positions[: embedded.shape[1]]

    def forward(self, source, previous):
        ahead = torch.ones(previous.shape[1], previous.shape[1], dtype=torch.bool, device=source.device).triu(
            1
        )
        padding = source == PAD
        read = self.encoder(self.place(self.source(source)), src_key_padding_mask=padding)
        states = self.decoder(
            self.place(self.target(previous) * self.width**0.5),
            read,
            tgt_mask=ahead,
            memory_key_padding_mask=padding,
        )
        return self.out(states)


class SequenceNLL(nn.Module):
    """Mean negative log-likelihood of the characters that are not padding."""

    def forward(self, logits, target):  # [B, V, T], [B, T]
        likelihood = logits.log_softmax(1).gather(1, target.unsqueeze(1)).squeeze(1)
        written = target != PAD
        return (likelihood * written).sum() / written.sum()


class ExactMatch:
    """Share of dates of which every character is right."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.right = self.seen = 0

    def update(self, outputs, targets):
        wrong = (outputs.argmax(1) != targets) & (targets != PAD)
        self.right += int((~wrong.any(1)).sum())
        self.seen += len(targets)

    def compute(self):
        return self.right / max(self.seen, 1)


def step(model, batch, loss):
    source, target = batch
    logits = model(source, target[:, :-1]).transpose(1, 2)  # [B, V, T]
    expected = target[:, 1:]
    return {"loss": loss(logits, expected), "outputs": logits, "targets": expected}


def warm_up(step, steps=100):
    return min((step + 1) / steps, (steps / (step + 1)) ** 0.5)
