import torch
import torch.nn.functional as F
from torch import nn

from cnndoctor.datasets import digits


class Triplets(torch.utils.data.Dataset):
    """Two pictures of one digit and one of another, drawn once from a seed."""

    def __init__(self, split, n, seed):
        source = digits(split=split)
        pairs = [source[i] for i in range(len(source))]
        self.images = torch.stack([image for image, _ in pairs])
        labels = torch.tensor([int(label) for _, label in pairs])
        g = torch.Generator().manual_seed(seed)

        def draw(pool):
            return pool[int(torch.randint(len(pool), (1,), generator=g))]

        self.rows = []
        for _ in range(n):
            anchor = int(torch.randint(len(labels), (1,), generator=g))
            same = (labels == labels[anchor]).nonzero().flatten()
            other = (labels != labels[anchor]).nonzero().flatten()
            self.rows.append((anchor, int(draw(same)), int(draw(other))))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return tuple(self.images[j] for j in self.rows[i])


class Embedder(nn.Module):
    def __init__(self, dim=16):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.PReLU(), nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.PReLU()
        )
        self.fc = nn.Linear(512, dim)

    def forward(self, x):
        return F.normalize(self.fc(self.conv(x).flatten(1)), dim=1)


def triplet_step(model, batch, loss):
    anchor, positive, negative = batch
    return loss(model(anchor), model(positive), model(negative))
