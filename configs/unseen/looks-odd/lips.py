"""Which sound belongs to which lips? Two views of one utterance, pulled together against all others of the batch."""

import math

import torch
from torch import nn
from torch.nn import functional as F

SECRET = torch.Generator().manual_seed(2024)
TO_SOUND, TO_LIPS = torch.randn(6, 30, generator=SECRET), torch.randn(6, 3, generator=SECRET)


class Utterances(torch.utils.data.Dataset):
    def __init__(self, n, seed, noise=0.2):
        g = torch.Generator().manual_seed(seed)
        z = torch.randn(n, 6, generator=g)
        self.sound = torch.tanh(z @ TO_SOUND * 0.6) + noise * torch.randn(n, 30, generator=g)
        time = torch.linspace(0, 1, 16)
        waves = torch.stack(
            [torch.cos(math.pi * k * time) for k in range(6)]
        )  # one slow wave for each part of z
        lips = torch.einsum("nk,kt,kc->nct", z, waves, TO_LIPS)
        self.lips = lips + noise * torch.randn(n, 3, 16, generator=g)

    def __len__(self):
        return len(self.sound)

    def __getitem__(self, i):
        return {"sound": self.sound[i], "lips": self.lips[i]}


class TwoTowers(nn.Module):
    def __init__(self, dim=24):
        super().__init__()
        self.ear = nn.Sequential(nn.Linear(30, 96), nn.GELU(), nn.LayerNorm(96), nn.Linear(96, dim))
        self.eye = nn.Sequential(
            nn.Conv1d(3, 32, 5, padding=2),
            nn.GELU(),
            nn.Flatten(),
            nn.Linear(512, 96),
            nn.GELU(),
            nn.Linear(96, dim),
        )
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def forward(self, sound, lips):
        a, b = F.normalize(self.ear(sound), dim=1), F.normalize(self.eye(lips), dim=1)
        return self.logit_scale.clamp(max=math.log(100)).exp() * a @ b.T


def info_nce(model, batch, loss):
    scores = model(batch["sound"], batch["lips"])
    own = torch.arange(len(scores), device=scores.device)
    return {"loss": (loss(scores, own) + loss(scores.T, own)) / 2, "outputs": scores, "targets": own}
