"""Transcribe a melody: a CRNN over a toy mel spectrogram says which note sounds in every frame."""

import torch
from torch import nn
from torch.utils.data import Dataset

FRAMES, BINS, NOTES = 20, 16, 6  # note 0 is silence


def melody(rng):
    notes = torch.zeros(FRAMES, dtype=torch.long)
    t = 0
    while t < FRAMES:
        length = int(torch.randint(2, 6, (1,), generator=rng))
        notes[t : t + length] = torch.randint(0, NOTES, (1,), generator=rng)
        t += length
    return notes


def spectrogram(notes, rng):
    mel = 0.35 * torch.randn(BINS, FRAMES, generator=rng)
    for t, note in enumerate(notes.tolist()):
        if note:
            mel[1 + 2 * (note - 1), t] += 1.0
            mel[5 + 2 * (note - 1), t] += 0.5  # an overtone
    return mel


class Melodies(Dataset):
    def __init__(self, size, seed):
        rng = torch.Generator().manual_seed(seed)
        self.labels = [melody(rng) for _ in range(size)]
        self.mels = [spectrogram(notes, rng) for notes in self.labels]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, idx):
        return self.mels[idx].unsqueeze(0), self.labels[idx]


class CRNN(nn.Module):
    def __init__(self, conv_dim=12, rnn_dim=32, frames_first=False):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, conv_dim, kernel_size=3, padding=1),
            nn.BatchNorm2d(conv_dim),
            nn.ReLU(),
            nn.MaxPool2d((2, 1)),
        )
        self.rnn = nn.GRU(conv_dim * BINS // 2, rnn_dim, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * rnn_dim, NOTES)
        self.frames_first = frames_first

    def forward(self, mel):
        x = self.conv(mel)
        if self.frames_first:
            x = x.permute(0, 3, 1, 2)
        x = x.reshape(x.size(0), FRAMES, -1)
        x, _ = self.rnn(x)
        return self.out(x).transpose(1, 2)  # [N, notes, frames] for the loss
