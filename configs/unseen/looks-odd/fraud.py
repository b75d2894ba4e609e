import math

import torch
from torch import nn
from torch.utils.data import TensorDataset


def payments(n, seed, share=0.03):
    g = torch.Generator().manual_seed(seed)
    fraud = (torch.rand(n, generator=g) < share).float()
    x = torch.randn(n, 12, generator=g)
    kind = torch.rand(n, generator=g) < 0.5
    shift = torch.zeros(n, 12)
    shift[kind, 0], shift[kind, 1] = 2.6, -2.4
    shift[~kind, 2], shift[~kind, 3], shift[~kind, 4] = 2.2, 2.2, -1.8
    x = x + fraud[:, None] * shift
    amount = torch.exp(3 + x[:, 5])  # in euro, with a long tail
    return TensorDataset(torch.cat([x, torch.log1p(amount)[:, None] - 3], 1), fraud)


class FraudNet(nn.Sequential):
    def __init__(self, prior=0.03):
        super().__init__(
            nn.Linear(13, 48), nn.SELU(), nn.Linear(48, 24), nn.SELU(), nn.Linear(24, 1), nn.Flatten(0)
        )
        nn.init.constant_(self[4].bias, math.log(prior / (1 - prior)))


class FocalLoss(nn.Module):
    def __init__(self, gamma=2.0, alpha=0.6):
        super().__init__()
        self.gamma, self.alpha = gamma, alpha

    def forward(self, logits, fraud):
        ce = nn.functional.binary_cross_entropy_with_logits(logits, fraud, reduction="none")
        right = torch.exp(-ce)
        weight = self.alpha * fraud + (1 - self.alpha) * (1 - fraud)
        return 10 * (weight * (1 - right) ** self.gamma * ce).mean()


class AveragePrecision:
    def __init__(self):
        self.reset()

    def reset(self):
        self.seen = []

    def update(self, outputs, targets):
        self.seen.append(torch.stack([outputs.detach().float(), targets.float()]))

    def compute(self):
        scores, fraud = torch.cat(self.seen, 1)
        hits = fraud[scores.argsort(descending=True)]
        precision = hits.cumsum(0) / torch.arange(1, len(hits) + 1, device=hits.device)
        return float((precision * hits).sum() / hits.sum().clamp(min=1))
