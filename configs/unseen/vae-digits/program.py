"""A variational autoencoder of handwritten digits; a small classifier reads the latent code."""

from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset

from cnndoctor.datasets import digits

FULL_INK = 16


class Scans(Dataset):
    """Images [1, 8, 8] and their digits.

    Args:
        split: train or validation.
        raw: Keep the ink counts 0 to 16 instead of dividing by 16.
        folders: Number the classes as a listing of folders named zero, one, … does.
        listing: Pair images with the label file by "index", or by "name" of the image file (0.png, 1.png, 10.png, …).
    """

    def __init__(self, split, raw=False, folders=False, listing="index"):
        data = digits(split, normalise=not raw)
        self.classes = sorted(data.classes) if folders else list(data.classes)
        self.images = data.images
        self.labels = torch.tensor([self.classes.index(data.classes[digit]) for digit in data.targets])
        if listing == "name":
            self.images = self.images[sorted(range(len(self.images)), key=lambda number: f"{number}.png")]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.images[index], self.labels[index]


class ShardedScans(Scans):
    """The same scans as they lie on disk, in shards that are read one after the other."""

    def __init__(self, split, shards=8):
        super().__init__(split)
        self.size = len(self.labels) // shards
        parts = [self.read_shard(0) for number in range(shards)]
        self.images = torch.cat([images for images, _ in parts])
        self.labels = torch.cat([labels for _, labels in parts])

    def read_shard(self, number):
        rows = slice(number * self.size, (number + 1) * self.size)
        return self.images[rows], self.labels[rows]


class CachedScans(Scans):
    """The same scans from a cached table, each row 64 ink counts and the digit."""

    def __init__(self, split):
        super().__init__(split, raw=True)
        table = torch.cat([self.images.flatten(1), self.labels.unsqueeze(1)], dim=1) / FULL_INK
        self.images = table[:, :64].reshape(-1, 1, 8, 8)
        self.labels = table[:, 64].long()


class ShiftedScans(Dataset):
    """Every scan and two shifted copies of it; `groups` holds the number of the scan that a sample comes from.

    Args:
        split: train or validation.
        seed: Of the shifts and of the random split, one in five for validation.
    """

    def __init__(self, split, seed=3):
        rng = np.random.default_rng(seed)
        scans = digits("all")
        self.classes = scans.classes
        shifts = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
        images, groups = [], []
        for number, image in enumerate(scans.images):
            chosen = rng.choice(len(shifts), 2, replace=False)
            images += [image] + [torch.roll(image, shifts[index], dims=(1, 2)) for index in chosen]
            groups += [number] * 3
        order = rng.permutation(len(images))
        cut = len(order) // 5
        rows = order[:cut] if split == "validation" else order[cut:]
        self.groups = [groups[row] for row in rows]
        self.images = torch.stack([images[row] for row in rows])
        self.labels = scans.targets[self.groups]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.images[index], self.labels[index]


def head(sizes):
    layers = []
    for before, after in pairwise(sizes[:-1]):
        layers += [nn.Linear(before, after), nn.BatchNorm1d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(*sizes[-2:]))


class VAE(nn.Module):
    """Returns (reconstruction logits [N, 1, 8, 8], mean, log variance, class scores [N, 10]).

    Args:
        latent: Size of the code.
        channels: Of the first convolution; the second has twice as many.
        head_sizes: Hidden sizes of the classifier.
        pretrained: The encoder has been trained before and is kept.
    """

    def __init__(self, latent=16, channels=24, head_sizes=(64,), pretrained=False):
        super().__init__()
        wide = 2 * channels
        self.encoder = nn.Sequential(
            nn.Conv2d(1, channels, 3, stride=2, padding=1),
            nn.BatchNorm2d(channels),
            nn.LeakyReLU(0.2),
            nn.Conv2d(channels, wide, 3, stride=2, padding=1),
            nn.BatchNorm2d(wide),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
        )
        self.fc_mu = nn.Linear(wide * 4, latent)
        self.fc_logvar = nn.Linear(wide * 4, latent)
        self.decoder = nn.Sequential(
            nn.Linear(latent, wide * 4),
            nn.Unflatten(1, (wide, 2, 2)),
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(wide, channels, 3, stride=2, padding=1, output_padding=1),
            nn.BatchNorm2d(channels),
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(channels, 1, 3, stride=2, padding=1, output_padding=1),
        )
        self.classifier = head([latent, *head_sizes, 10])
        if pretrained:
            for module in (self.encoder, self.fc_mu, self.fc_logvar):
                module.requires_grad_(False)

    def encode(self, x):
        h = self.encoder(x)
        return self.fc_mu(h), self.fc_logvar(h)

    def reparameterize(self, mu, logvar):
        if not self.training:
            return mu
        std = torch.exp(0.5 * logvar)
        return mu + std * torch.randn_like(std)

    def forward(self, x):
        mu, logvar = self.encode(x)
        z = self.reparameterize(mu, logvar)
        return self.decoder(z), mu, logvar, self.classifier(z)


class VAELoss(nn.Module):
    """Reconstruction + beta · KL + alpha · classification, each summed over a sample and averaged over the batch.

    Args:
        beta: Weight of the KL term.
        alpha: Weight of the classification term.
        full: Pixel value of full ink.
        anneal: Steps over which the KL term comes in; 0 has it from the start.
    """

    def __init__(self, beta=1.0, alpha=10.0, full=1, anneal=0):
        super().__init__()
        self.beta, self.alpha, self.full, self.anneal = beta, alpha, full, anneal
        self.seen = 0

    def forward(self, recon, images, mu, logvar, logits, labels):
        bce = F.binary_cross_entropy_with_logits(recon, images / self.full, reduction="sum") / len(images)
        kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp()) / len(images)
        return bce + self.kl_weight() * kld + self.alpha * F.cross_entropy(logits, labels)

    def kl_weight(self):
        if not self.anneal:
            return self.beta
        if torch.is_grad_enabled():
            self.seen += 1
        return self.beta * min(1.0, self.seen / self.anneal)


def vae_step(model, batch, criterion):
    images, labels = batch
    recon, mu, logvar, logits = model(images)
    loss = criterion(recon, images, mu, logvar, logits, labels)
    return {"loss": loss, "outputs": logits, "targets": labels}


class Warmup:
    """Factor of the learning rate: linear over the first steps, one afterwards."""

    def __init__(self, steps):
        self.steps = steps

    def __call__(self, step):
        return min(1.0, (step + 1) / self.steps)
