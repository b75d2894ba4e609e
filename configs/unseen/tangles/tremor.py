"""Clean short seismograms with a convolutional denoising autoencoder."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim

N_SAMPLES = 96


def wavelet(rng):
    t = np.arange(N_SAMPLES)
    trace = np.zeros(N_SAMPLES)
    for _ in range(rng.integers(1, 3)):
        onset, period = rng.uniform(8, 60), rng.uniform(10, 20)
        after = np.clip(t - onset, 0, None)
        trace += (
            rng.uniform(2.5, 5.0) * np.sin(2 * np.pi * after / period) * np.exp(-after / rng.uniform(12, 25))
        )
    return trace


class Traces(torch.utils.data.Dataset):
    def __init__(self, nTraces, seed, noise=1.0):
        rng = np.random.default_rng(seed)
        self.clean = np.stack([wavelet(rng) for _ in range(nTraces)])
        self.noisy = self.clean + noise * rng.standard_normal(self.clean.shape)

    def __len__(self):
        return len(self.clean)

    def __getitem__(self, i):
        noisy = torch.tensor(self.noisy[i], dtype=torch.float32)[None]
        clean = torch.tensor(self.clean[i], dtype=torch.float32)[None]
        return noisy, clean


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv1d(1, 16, 7, stride=2, padding=3)
        self.c2 = nn.Conv1d(16, 24, 5, stride=2, padding=2)

    def forward(self, x):
        x = F.leaky_relu(self.c1(x), 0.1)
        return F.leaky_relu(self.c2(x), 0.1)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.d1 = nn.ConvTranspose1d(24, 16, 6, stride=2, padding=2)
        self.d2 = nn.ConvTranspose1d(16, 8, 6, stride=2, padding=2)
        self.out = nn.Conv1d(8, 1, 7, padding=3)

    def forward(self, x):
        x = F.leaky_relu(self.d1(x), 0.1)
        x = F.leaky_relu(self.d2(x), 0.1)
        return self.out(x)


class Denoiser(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()

    def forward(self, x):
        z = self.encoder(x)
        return self.decoder(z)


class UnitDenoiser(Denoiser):
    def forward(self, x):
        return torch.sigmoid(super().forward(x))


def encoderAdam(model, lr):
    return optim.Adam(model.encoder.parameters(), lr=lr)
