"""Four spoken digits in a row, read from band energies with CTC."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset

BANDS, FRAMES, LENGTH = 12, 52, 4


class DigitStrings(Dataset):
    def __init__(self, count, seed):
        voices = np.random.RandomState(77).rand(10, 2, BANDS)  # ten digits, an onset and a vowel each
        rng = np.random.RandomState(seed)
        self.feats, self.labels = [], []
        for _ in range(count):
            digits = rng.randint(0, 10, LENGTH)
            clip, at = np.zeros((FRAMES, BANDS)), rng.randint(1, 5)
            for d in digits:
                for part in range(2):
                    n = rng.randint(3, 6)
                    clip[at : at + n] = voices[d, part] * rng.uniform(0.8, 1.2)
                    at += n
                at += rng.randint(1, 3)
            clip = clip + rng.normal(0, 0.08, clip.shape)
            self.feats.append(torch.tensor(clip, dtype=torch.float32))
            self.labels.append(torch.tensor(digits, dtype=torch.long))

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, k):
        return self.feats[k], self.labels[k]


class SpeechNet(nn.Module):
    def __init__(self, num_outputs=11):
        super().__init__()
        self.conv = nn.Conv1d(BANDS, 40, 5, padding=2)
        self.bn = nn.BatchNorm1d(40)
        self.gru = nn.GRU(40, 32, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(64, num_outputs)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x.permute(0, 2, 1))))
        x, _ = self.gru(x.permute(0, 2, 1))
        return self.fc(x)


class StringLoss(nn.Module):
    def __init__(self, blank=0):
        super().__init__()
        self.ctc = nn.CTCLoss(blank=blank, zero_infinity=True)

    def forward(self, scores, labels):
        logp = F.log_softmax(scores, dim=2).permute(1, 0, 2)
        frames = torch.full((logp.size(1),), logp.size(0), dtype=torch.long)
        digits = torch.full((logp.size(1),), labels.size(1), dtype=torch.long)
        return self.ctc(logp, labels, frames, digits)


class WholeStrings:
    """Share of strings that the best path reads without a mistake."""

    def __init__(self, blank=0):
        self.blank = blank
        self.reset()

    def reset(self):
        self.right = self.seen = 0

    def to(self, device):
        return self

    def update(self, scores, labels):
        for path, label in zip(scores.argmax(2).tolist(), labels.tolist(), strict=True):
            read = [p for i, p in enumerate(path) if p != self.blank and (i == 0 or p != path[i - 1])]
            self.right += read == label
            self.seen += 1

    def compute(self):
        return torch.tensor(self.right / max(self.seen, 1))
