"""Heart beats of five kinds, cut from two-lead recordings around their R peak, and a small 1-D residual network."""

from functools import cache

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset

SYMBOLS = ("N", "S", "V", "F", "Q")
SHARES = (0.62, 0.11, 0.13, 0.07, 0.07)
LENGTH, RATE, BEATS = 128, 125, 40
TRAIN_RECORDS, TEST_RECORDS = range(100, 124), range(200, 210)
SUFFIXES = (".atr", ".dat", ".hea")


@cache
def record(number):
    """Return the beats [40, 128, 2] and annotations [40] of one patient."""
    rng = np.random.default_rng(number)
    patient = {"gain": rng.uniform(0.7, 1.4), "axis": rng.uniform(0.3, 0.9), "width": rng.uniform(0.85, 1.2)}
    kinds = rng.choice(len(SYMBOLS), BEATS, p=SHARES)
    return np.stack([_beat(rng, SYMBOLS[kind], patient) for kind in kinds]), [SYMBOLS[kind] for kind in kinds]


def _beat(rng, symbol, patient):
    t = np.arange(LENGTH) / RATE - 0.4
    normal, ectopic = _normal(rng, t, patient["width"]), _ventricular(rng, t, patient["width"])
    if symbol == "S":
        lead = _normal(rng, t, patient["width"], p_time=-0.10, p_gain=-0.6)
    elif symbol == "V":
        lead = ectopic
    elif symbol == "F":
        part = rng.uniform(0.35, 0.65)
        lead = part * normal + (1 - part) * ectopic
    elif symbol == "Q":
        lead = 0.8 * ectopic + _wave(t, -0.12, 0.006, 1.1)
    else:
        lead = normal
    other = patient["axis"] * np.roll(lead, 2) - 0.4 * np.gradient(lead) * 4
    both = patient["gain"] * np.stack([lead, other], 1) * rng.uniform(0.9, 1.1)
    wander = 0.25 * np.sin(2 * np.pi * (rng.uniform(0.2, 0.5) * t + rng.random()))[:, None]
    return (both + wander + rng.normal(0, 0.10, both.shape)).astype(np.float32)


def _normal(rng, t, width, p_time=-0.17, p_gain=1.0):
    shift, p = rng.normal(0, 0.006), p_time + rng.normal(0, 0.012)
    lead = _wave(t, p, 0.022, 0.16 * p_gain) + _wave(t, shift - 0.03, 0.010, -0.12)
    lead += _wave(t, shift, 0.012 * width, 1.0) + _wave(t, shift + 0.03, 0.011, -0.2)
    return lead + _wave(t, 0.26 + rng.normal(0, 0.015), 0.05, rng.uniform(0.2, 0.35))


def _ventricular(rng, t, width):
    shift = rng.normal(0, 0.01)
    lead = _wave(t, shift, 0.035 * width, rng.uniform(0.9, 1.2)) + _wave(t, shift + 0.09, 0.04, -0.35)
    return lead + _wave(t, 0.30 + rng.normal(0, 0.02), 0.06, rng.uniform(-0.4, -0.2))


def _wave(t, centre, width, height):
    return height * np.exp(-0.5 * ((t - centre) / width) ** 2)


class Beats(Dataset):
    """Samples are (beat [128, 2], class); `groups` names the recording."""

    def __init__(self, split, symbols=SYMBOLS, records=None, left_out=()):
        numbers = records or (TRAIN_RECORDS if split == "train" else TEST_RECORDS)
        self.classes = list(symbols)
        self.beats, self.labels, self.groups = [], [], []
        for number in numbers:
            for beat, symbol in zip(*record(number), strict=True):
                if symbol not in left_out:
                    self.beats.append(torch.from_numpy(beat))
                    self.labels.append(self.classes.index(symbol))
                    self.groups.append(number)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.beats[index], self.labels[index]


def sorted_symbols(split):
    """Numbers the classes in the order of the annotations that occur."""
    found = {symbol for number in TEST_RECORDS for symbol in record(number)[1]}
    return Beats(split, symbols=sorted(found))


def from_folder(split):
    """As many recordings as the split has, from the listing of the folder."""
    numbers = TRAIN_RECORDS if split == "train" else TEST_RECORDS
    listing = sorted(f"{number}{suffix}" for number in numbers for suffix in SUFFIXES)
    return Beats(split, records=[int(name.split(".")[0]) for name in listing[: len(numbers)]])


class Block(nn.Module):
    def __init__(self, inside, outside, stride, dropout, zero_init=False):
        super().__init__()
        self.conv1 = nn.Conv1d(inside, outside, 7, stride, padding=3, bias=False)
        self.bn1 = nn.BatchNorm1d(outside)
        self.dropout = nn.Dropout(dropout)
        self.conv2 = nn.Conv1d(outside, outside, 7, padding=3, bias=False)
        self.bn2 = nn.BatchNorm1d(outside)
        self.skip = nn.Identity()
        if stride > 1 or inside != outside:
            self.skip = nn.Sequential(
                nn.Conv1d(inside, outside, 1, stride, bias=False), nn.BatchNorm1d(outside)
            )
        if zero_init:
            nn.init.zeros_(self.bn2.weight)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(self.dropout(y)))
        return F.relu(y + self.skip(x))


class ResNet1d(nn.Module):
    """Takes beats as they are stored, time before leads."""

    def __init__(self, widths=(16, 24, 32), classes=5, dropout=0.1, zero_init=False):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv1d(2, widths[0], 9, stride=2, padding=4, bias=False), nn.BatchNorm1d(widths[0]), nn.ReLU()
        )
        blocks, inside = [], widths[0]
        for width in widths:
            blocks.append(Block(inside, width, 2, dropout, zero_init))
            inside = width
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(inside, classes)

    def leads_first(self, beats):
        return beats.permute(0, 2, 1)

    def forward(self, beats):
        x = self.leads_first(beats)
        return self.head(self.blocks(self.stem(x)).mean(-1))


class NormalisingResNet1d(ResNet1d):
    """Brings every beat to zero mean and unit spread, and adds a little noise while training."""

    def leads_first(self, beats):
        x = super().leads_first(beats)
        if self.training:
            x = x + 0.02 * torch.randn_like(x)
            x = (x - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True)
        return x


def balanced_cross_entropy(label_smoothing=0.0, power=0.5):
    """Rare beats weigh more, by the root of how rare they are."""
    weights = torch.tensor(SHARES).pow(-power)
    return nn.CrossEntropyLoss(weight=weights / weights.mean(), label_smoothing=label_smoothing)


class MacroF1:
    def __init__(self, classes=5):
        self.classes = classes
        self.reset()

    def reset(self):
        self.counts = torch.zeros(self.classes, self.classes)

    def update(self, outputs, targets):
        cells = targets * self.classes + outputs.argmax(1)
        self.counts += torch.bincount(cells, minlength=self.classes**2).reshape(self.classes, -1)

    def compute(self):
        hits = self.counts.diagonal()
        f1 = 2 * hits / (self.counts.sum(0) + self.counts.sum(1)).clamp(min=1)
        return float(f1.mean())
