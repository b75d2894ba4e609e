"""SimCLR in miniature: two views of a digit attract, all others repel; an online probe tells how good the features are."""

import torch
import torch.nn.functional as F
from torch import nn

from cnndoctor.datasets import digits


def augment(x):
    """Shift by up to a pixel, scale the ink, hide a corner, add noise; other dice for every image."""
    n = len(x)
    theta = torch.eye(2, 3, device=x.device).repeat(n, 1, 1)
    theta[:, :, 2] = 0.25 * torch.randint(-1, 2, (n, 2), device=x.device)
    x = F.grid_sample(x, F.affine_grid(theta, x.shape, align_corners=False), align_corners=False)
    x = x * (0.7 + 0.6 * torch.rand(n, 1, 1, 1, device=x.device))
    keep = torch.rand(n, 1, 4, 4, device=x.device) > 0.03
    x = x * F.interpolate(keep.float(), scale_factor=2)
    return x + 0.05 * torch.randn_like(x)


class SimCLR(nn.Module):
    def __init__(self, dim=128):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(1, 24, 3, padding=1, bias=False),
            nn.BatchNorm2d(24),
            nn.ReLU(),
            nn.Conv2d(24, 48, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(48),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(48 * 16, dim, bias=False),
            nn.BatchNorm1d(dim),
        )
        self.projector = nn.Sequential(nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, 32))
        self.online_probe = nn.Linear(dim, 10)

    def forward(self, x):
        return self.online_probe(self.backbone(x).detach())


def nt_xent(z, temperature):
    z = F.normalize(z, dim=1)
    sim = z @ z.T / temperature
    sim.fill_diagonal_(-1e4)
    half = len(z) // 2
    partner = torch.arange(2 * half, device=z.device).roll(half)
    return F.cross_entropy(sim, partner)


def simclr_step(model, batch, loss, temperature=0.2):
    images, labels = batch
    features = model.backbone(torch.cat([augment(images), augment(images)]))
    contrastive = nt_xent(model.projector(features), temperature)
    logits = model(images)
    return {"loss": contrastive + loss(logits, labels), "outputs": logits, "targets": labels}


def data(split):
    return digits(split=split)
