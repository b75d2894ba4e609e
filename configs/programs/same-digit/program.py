"""Do two pictures show the same digit? A Siamese network with a step of its own."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

from cnndoctor.datasets import digits


class Pairs(Dataset):
    """Half of the pairs show the same digit; ``same`` is 1 for them and 0 for the others."""

    def __init__(self, split, n, seed, compare="equal", column=False):
        source = digits(split)
        rng = np.random.default_rng(seed)
        by_digit = [np.flatnonzero(source.targets.numpy() == digit) for digit in range(10)]
        self.pairs = []
        for i in range(n):
            a = int(rng.integers(10))
            b = a if i % 2 else int((a + rng.integers(1, 10)) % 10)
            self.pairs.append((int(rng.choice(by_digit[a])), int(rng.choice(by_digit[b]))))
        self.images = (source.images - 0.31) / 0.37
        self.labels = source.targets
        self.compare, self.column = compare, column

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        left, right = self.pairs[index]
        if self.compare == "equal":
            same = self.labels[left] == self.labels[right]
        else:
            same = self.labels[left] is self.labels[right]
        same = torch.tensor([float(same)]) if self.column else torch.tensor(float(same))
        return {"left": self.images[left], "right": self.images[right], "same": same}


class Siamese(nn.Module):
    """Two towers with the same weights, and a score from how their embeddings differ."""

    def __init__(self, width=24, dim=32, keep_on_cpu=False):
        super().__init__()
        self.tower = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1),
            nn.LeakyReLU(0.1),
            nn.Conv2d(width, width, 3, stride=2, padding=1),
            nn.LeakyReLU(0.1),
            nn.Flatten(),
            nn.Linear(width * 16, dim),
        )
        self.compare = nn.Sequential(nn.Linear(dim, 32), nn.LeakyReLU(0.1), nn.Linear(32, 1))
        self.keep_on_cpu = keep_on_cpu
        self.kept = []

    def embed(self, images):
        embedding = self.tower(images)
        if self.keep_on_cpu:  # the last embeddings, for a look at their neighbours
            embedding = embedding.detach()
            self.kept = [embedding.cpu()]
        return embedding

    def forward(self, left, right):
        distance = (self.embed(left) - self.embed(right)).abs()
        return self.compare(distance).squeeze(1)


def siamese_step(model, batch, loss, penalty=1e-4):
    score = model(batch["left"], batch["right"])
    small = penalty * model.embed(batch["left"]).square().mean()
    return {
        "loss": loss(score, batch["same"]) + small,
        "outputs": score,
        "targets": batch["same"],
        "penalty": small,
    }


class PairAccuracy:
    """Share of pairs whose score lies on the right side of a half."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.right = self.seen = 0

    def update(self, outputs, targets):
        targets = targets.reshape(-1)
        self.right += int(((outputs > 0.5) == (targets > 0.5)).sum())
        self.seen += len(targets)

    def compute(self):
        return self.right / max(self.seen, 1)
