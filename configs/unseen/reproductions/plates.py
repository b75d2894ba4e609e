"""Read four-digit number plates with a small CRNN and CTC."""

import torch
import torch.nn as nn
from torch.utils.data import Dataset

FONT = (
    ".###. ..#.. .###. ####. #..#. ##### .###. ##### .###. .###.",
    "#...# .##.. #...# ....# #..#. #.... #.... ....# #...# #...#",
    "#...# ..#.. ...#. .###. ##### ####. ####. ...#. .###. .####",
    "#...# ..#.. ..#.. ....# ...#. ....# #...# ..#.. #...# ....#",
    ".###. .###. ##### ####. ...#. ####. .###. ..#.. .###. .###.",
)


def glyph(d):
    return torch.tensor([[float(c == "#") for c in row[6 * d : 6 * d + 5]] for row in FONT])


class Plates(Dataset):
    def __init__(self, n, seed):
        g = torch.Generator().manual_seed(seed)
        glyphs = [glyph(d) for d in range(10)]
        self.text = torch.randint(10, (n, 4), generator=g)
        self.image = torch.zeros(n, 1, 8, 32)
        for i in range(n):
            x = 0
            for d in self.text[i].tolist():
                x += int(torch.randint(0, 3, (1,), generator=g))
                y = int(torch.randint(0, 4, (1,), generator=g))
                self.image[i, 0, y : y + 5, x : x + 5] = glyphs[d]
                x += 6
        self.image += 0.15 * torch.randn(self.image.shape, generator=g)

    def __len__(self):
        return len(self.text)

    def __getitem__(self, i):
        return self.image[i], self.text[i]


class CRNN(nn.Module):
    def __init__(self, nc=24, n_class=11):
        super().__init__()
        self.cnn = nn.Sequential(
            nn.Conv2d(1, nc, 3, padding=1),
            nn.BatchNorm2d(nc),
            nn.ReLU(True),
            nn.MaxPool2d((2, 2)),
            nn.Conv2d(nc, 2 * nc, (4, 3), padding=(0, 1)),
            nn.BatchNorm2d(2 * nc),
            nn.ReLU(True),
        )
        self.rnn = nn.GRU(2 * nc, 32, bidirectional=True)
        self.fc = nn.Linear(64, n_class)

    def forward(self, x):
        f = self.cnn(x).squeeze(2).permute(2, 0, 1)
        return self.fc(self.rnn(f)[0]).log_softmax(2)


def train_batch(model, batch, criterion):
    image, text = batch
    preds = model(image)
    T, B = preds.shape[:2]
    loss = criterion(preds, text, torch.full((B,), T), torch.full((B,), 4))
    return {"loss": loss, "outputs": preds, "targets": text}


class PlateAccuracy:
    def __init__(self, blank):
        self.blank = blank
        self.reset()

    def reset(self):
        self.right = self.seen = 0

    def update(self, preds, text):
        for best, wanted in zip(preds.argmax(2).t().tolist(), text.tolist(), strict=True):
            merged = [c for k, c in enumerate(best) if k == 0 or c != best[k - 1]]
            self.right += [c for c in merged if c != self.blank] == wanted
            self.seen += 1

    def compute(self):
        return self.right / max(self.seen, 1)
