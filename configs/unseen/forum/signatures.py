"""Same writer or not: a Siamese network over pen strokes with the contrastive loss."""

import torch
from torch import nn
from torch.utils.data import Dataset


class SignaturePairs(Dataset):
    """Pairs of signatures [2, 40] of one writer (same = 1) or of two (same = 0); each pick is independent."""

    def __init__(self, n, seed, writers=10, each=20):
        g = torch.Generator().manual_seed(99)
        shapes = torch.randn(writers, 2, 4, 2, generator=g)
        g.manual_seed(seed)
        time = torch.linspace(0, 1, 40)
        waves = torch.stack(
            [torch.stack([(6.28 * k * time).sin(), (6.28 * k * time).cos()]) for k in (1, 2, 3, 4)]
        )
        own = shapes[:, None] + 0.45 * torch.randn(writers, each, 2, 4, 2, generator=g)
        strokes = torch.einsum("wedkp,kpt->wedt", own, waves) / 2
        self.strokes = strokes + 0.1 * torch.randn(strokes.shape, generator=g)
        self.pairs = []
        for i in range(n):
            a = int(torch.randint(writers, (1,), generator=g))
            b = a if i % 2 else int((a + torch.randint(1, writers, (1,), generator=g)) % writers)
            first, second = torch.randint(each, (2,), generator=g).tolist()
            self.pairs.append((self.strokes[a, first], self.strokes[b, second], torch.tensor(float(a == b))))

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        return self.pairs[index]


class Tower(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(2, 16, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Conv1d(16, 16, 5, padding=2),
            nn.ReLU(),
        )
        self.embed = nn.Linear(16 * 20, dim)

    def forward(self, first, second):
        return self.embed(self.features(first).flatten(1)), self.embed(self.features(second).flatten(1))


class ContrastiveLoss(nn.Module):
    def __init__(self, margin=2.0, eps=0.0):
        super().__init__()
        self.margin, self.eps = margin, eps

    def distance(self, a, b):
        return torch.sqrt((a - b).pow(2).sum(dim=1) + self.eps)

    def forward(self, a, b, same):
        distance = self.distance(a, b)
        apart = torch.clamp(self.margin - distance, min=0.0)
        return (same * distance.pow(2) + (1 - same) * apart.pow(2)).mean()


def step(model, batch, loss):
    first, second, same = batch
    a, b = model(first, second)
    similarity = (1 - loss.distance(a, b) / loss.margin).clamp(min=0.0)
    return {"loss": loss(a, b, same), "outputs": similarity, "targets": same}


class PairAccuracy:
    def __init__(self):
        self.reset()

    def reset(self):
        self.right = self.seen = 0

    def update(self, similarity, same):
        self.right += int(((similarity > 0.5) == (same > 0.5)).sum())
        self.seen += len(same)

    def compute(self):
        return self.right / max(self.seen, 1)
