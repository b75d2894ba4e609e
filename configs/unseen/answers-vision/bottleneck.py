"""A convolutional autoencoder on pictures of coloured blobs, as the asker had it."""

import numpy as np
import torch
import torch.nn as nn


def makeBlobs(n, seed):
    rng = np.random.RandomState(seed)
    y, x = np.mgrid[0:16, 0:16] / 15.0
    images = np.zeros((n, 3, 16, 16))
    for i in range(n):
        images[i] = rng.uniform(0.3, 0.8, (3, 1, 1))
        for _ in range(2):
            cy, cx = rng.uniform(0.2, 0.8, 2)
            spread = rng.uniform(0.02, 0.05)
            blob = np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / spread)
            color = rng.uniform(0, 1, (3, 1, 1))
            images[i] = images[i] * (1 - blob) + color * blob
    return images  # float64


class BlobSet(torch.utils.data.Dataset):
    mean, std = 0.5, 0.5

    def __init__(self, n, seed):
        self.images = makeBlobs(n, seed)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        img = torch.tensor((self.images[i] - self.mean) / self.std, dtype=torch.float32)
        return img, img


class AutoEncoder(nn.Module):
    def __init__(self, last):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2, padding=1),
            nn.LeakyReLU(0.1),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.LeakyReLU(0.1),
            nn.Conv2d(32, 8, 3, padding=1),
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(8, 32, 4, stride=2, padding=1),
            nn.LeakyReLU(0.1),
            nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1),
            nn.LeakyReLU(0.1),
            nn.Conv2d(16, 3, 3, padding=1),
            last,
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))
