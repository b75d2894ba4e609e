"""Reading number plates with CTC: a strip of glyphs of uneven spacing, no positions given."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

GLYPHS = {
    "1": ["..#..", ".##..", "..#..", "..#..", "..#..", "..#..", ".###."],
    "2": [".###.", "#...#", "....#", "..##.", ".#...", "#....", "#####"],
    "3": ["####.", "....#", "....#", ".###.", "....#", "....#", "####."],
    "4": ["#...#", "#...#", "#...#", "#####", "....#", "....#", "....#"],
    "7": ["#####", "....#", "...#.", "...#.", "..#..", "..#..", "..#.."],
    "A": [".###.", "#...#", "#...#", "#####", "#...#", "#...#", "#...#"],
    "H": ["#...#", "#...#", "#...#", "#####", "#...#", "#...#", "#...#"],
    "X": ["#...#", "#...#", ".#.#.", "..#..", ".#.#.", "#...#", "#...#"],
}
ALPHABET = "-" + "".join(GLYPHS)  # the first is the blank


def draw(text, rng, width=48):
    strip = np.zeros((9, width), dtype=np.float32)
    x = rng.integers(0, 5)
    for ch in text:
        glyph = np.array([[c == "#" for c in row] for row in GLYPHS[ch]], dtype=np.float32)
        y = rng.integers(0, 3)
        strip[y : y + 7, x : x + 5] = glyph
        x += 6 + rng.integers(0, 3)
    return np.clip(strip + 0.15 * rng.standard_normal(strip.shape), 0, 1).astype(np.float32)


class Plates(torch.utils.data.Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        letters = list(GLYPHS)
        self.texts = ["".join(rng.choice(letters, rng.integers(3, 6))) for _ in range(n)]
        self.strips = [torch.from_numpy(draw(t, rng))[None] for t in self.texts]

    def __len__(self):
        return len(self.texts)

    def __getitem__(self, i):
        return self.strips[i], torch.tensor([ALPHABET.index(c) for c in self.texts[i]])


def pad_texts(samples):
    strips, texts = zip(*samples, strict=False)
    lengths = torch.tensor([len(t) for t in texts])
    return torch.stack(strips), nn.utils.rnn.pad_sequence(list(texts), batch_first=True), lengths


class CRNN(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.cnn = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.MaxPool2d((4, 1)),
        )
        self.rnn = nn.GRU(32, hidden, bidirectional=True)
        self.fc = nn.Linear(2 * hidden, len(ALPHABET))

    def forward(self, x):
        f = self.cnn(x).squeeze(2).permute(2, 0, 1)  # [time, batch, features]
        h, _ = self.rnn(f)
        return F.log_softmax(self.fc(h), dim=2)


def ctc_step(model, batch, loss):
    strips, texts, lengths = batch
    log_probs = model(strips)
    steps = torch.full((strips.shape[0],), log_probs.shape[0], dtype=torch.long)
    return loss(log_probs, texts, steps, lengths)
