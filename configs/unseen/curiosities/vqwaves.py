"""A small VQ-VAE: short waves through a codebook of 32 entries, gradient passed straight through the choice."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset


class Waves(Dataset):
    """Four beats of eight samples each, every beat one of twelve strokes at one of two strengths."""

    def __init__(self, n, seed):
        setup = torch.Generator().manual_seed(42)
        strokes = torch.randn(12, 8, generator=setup)
        strokes = strokes / strokes.norm(dim=1, keepdim=True) * 2.0
        g = torch.Generator().manual_seed(seed)
        which = torch.randint(12, (n, 4), generator=g)
        strength = torch.tensor([0.7, 1.3])[torch.randint(2, (n, 4), generator=g)]
        self.waves = (strokes[which] * strength.unsqueeze(2)).flatten(1) + 0.1 * torch.randn(
            n, 32, generator=g
        )

    def __len__(self):
        return len(self.waves)

    def __getitem__(self, i):
        return self.waves[i].unsqueeze(0)


class Codebook(nn.Module):
    """Entries follow the mean of what chose them (moving averages, no gradient); unused ones restart at an encoding."""

    def __init__(self, entries, dim, keep=0.95):
        super().__init__()
        self.keep = keep
        self.register_buffer("entries", torch.randn(entries, dim))
        self.register_buffer("count", torch.ones(entries))
        self.register_buffer("total", self.entries.clone())

    def forward(self, z):
        flat = z.detach().reshape(-1, z.shape[-1])
        code = torch.cdist(flat, self.entries).argmin(1)
        if self.training:
            chosen = F.one_hot(code, len(self.entries)).to(flat.dtype)
            self.count.mul_(self.keep).add_(chosen.sum(0), alpha=1 - self.keep)
            self.total.mul_(self.keep).add_(chosen.T @ flat, alpha=1 - self.keep)
            idle = self.count < 0.2
            if idle.any():
                fresh = flat[torch.randint(len(flat), (int(idle.sum()),), device=flat.device)]
                self.total[idle], self.count[idle] = fresh, 1.0
            self.entries.copy_(self.total / self.count.unsqueeze(1))
        q = self.entries[code].view_as(z)
        return z + (q - z).detach(), F.mse_loss(z, q)


class VQVAE(nn.Module):
    def __init__(self, dim=8, entries=32):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv1d(1, 48, 8, stride=8), nn.ReLU(), nn.Conv1d(48, dim, 1))
        self.codebook = Codebook(entries, dim)
        self.decoder = nn.Sequential(nn.Conv1d(dim, 48, 1), nn.ReLU(), nn.ConvTranspose1d(48, 1, 8, stride=8))

    def forward(self, x):
        q, commitment = self.codebook(self.encoder(x).transpose(1, 2))
        return self.decoder(q.transpose(1, 2)), commitment


def vq_step(model, batch, loss):
    rebuilt, commitment = model(batch)
    return {"loss": loss(rebuilt, batch) + 0.25 * commitment, "outputs": rebuilt, "targets": batch}
