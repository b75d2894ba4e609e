"""SimSiam on short vibration traces: two noisy views agree, no labels, no negatives; a probe on detached features tells."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import TensorDataset

KINDS = 6


def traces(n, seed, length=64):
    g = torch.Generator().manual_seed(seed)
    kind = torch.randint(KINDS, (n,), generator=g)
    t = torch.arange(length) / length
    pitch = torch.tensor([2.0, 4.0, 6.0])[kind % 3]
    start = torch.rand(n, 1, generator=g)
    wave = torch.sin(2 * torch.pi * (pitch[:, None] * t + start))
    wave = torch.where((kind >= 3)[:, None], wave.sign() * 0.9, wave)
    return TensorDataset(wave.unsqueeze(1) + 0.1 * torch.randn(n, 1, length, generator=g), kind)


def view(x):
    """Rolled in time, louder or softer, upside down at times, hissing."""
    by = int(torch.randint(x.shape[-1], ()))
    gain = (0.7 + 0.6 * torch.rand(len(x), 1, 1, device=x.device)) * torch.sign(
        torch.randn(len(x), 1, 1, device=x.device)
    )
    return x.roll(by, -1) * gain + 0.1 * torch.randn_like(x)


class SimSiam(nn.Module):
    def __init__(self, dim=64):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv1d(1, 24, 7, stride=2, padding=3, padding_mode="circular", bias=False),
            nn.BatchNorm1d(24),
            nn.ReLU(),
            nn.Conv1d(24, 48, 5, stride=2, padding=2, padding_mode="circular", bias=False),
            nn.BatchNorm1d(48),
            nn.ReLU(),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
        )
        self.project = nn.Sequential(
            nn.Linear(48, dim, bias=False),
            nn.BatchNorm1d(dim),
            nn.ReLU(),
            nn.Linear(dim, dim, bias=False),
            nn.BatchNorm1d(dim),
        )
        self.predict = nn.Sequential(
            nn.Linear(dim, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, dim)
        )
        self.probe = nn.Linear(48, KINDS)

    def forward(self, x):
        f = self.encoder(x)
        return f, self.project(f)


def siamese(model, batch, loss):
    x, kind = batch
    f1, z1 = model(view(x))
    _, z2 = model(view(x))
    p1, p2 = model.predict(z1), model.predict(z2)
    agree = (F.cosine_similarity(p1, z2.detach()) + F.cosine_similarity(p2, z1.detach())).mean() / 2
    guess = model.probe(f1.detach())
    return {"loss": -agree + loss(guess, kind), "outputs": guess, "targets": kind}
