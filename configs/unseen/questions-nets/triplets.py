"""Learn an embedding of handwritten digits with the batch-hard triplet loss."""

import torch.nn.functional as F
from torch import nn


class EmbeddingNet(nn.Module):
    def __init__(self, emb_dim=16):
        super().__init__()
        self.convnet = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.PReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.PReLU(), nn.MaxPool2d(2),
        )  # fmt: skip
        self.fc = nn.Sequential(nn.Linear(32 * 2 * 2, 64), nn.PReLU(), nn.Linear(64, emb_dim))

    def forward(self, x):
        out = self.convnet(x)
        out = out.view(out.size()[0], -1)
        return F.normalize(self.fc(out))


class BatchHardTriplet(nn.Module):
    def __init__(self, margin=0.3, floor=0.0):
        super().__init__()
        self.margin, self.floor = margin, floor

    def distances(self, emb):
        sq = (emb.unsqueeze(0) - emb.unsqueeze(1)).pow(2).sum(-1)
        return sq.clamp(min=self.floor).sqrt()

    def forward(self, emb, labels):
        dist = self.distances(emb)
        same = labels.unsqueeze(0) == labels.unsqueeze(1)
        hardest_positive = (dist * same).max(dim=1)[0]
        hardest_negative = (dist + 10.0 * same).min(dim=1)[0]
        return F.relu(hardest_positive - hardest_negative + self.margin).mean()


def metric_step(model, batch, criterion):
    imgs, labels = batch
    return criterion(model(imgs), labels)
