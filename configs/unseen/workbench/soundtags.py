"""Sound event tagging: which of five sounds are in a second of street audio? The spectrogram is made in the model."""

import math

import torch
from torch import nn
from torch.utils.data import Dataset

RATE, SAMPLES = 8000, 8000


def event(kind, g):
    """One event of half a second at most, anywhere in the second."""
    length = int(torch.randint(2000, 4001, (1,), generator=g))
    t = torch.arange(length) / RATE
    pitch = 1 + 0.08 * torch.randn(1, generator=g)
    if kind == 0:  # siren: a tone that sweeps
        sound = torch.sin(2 * math.pi * 800 * pitch * t + 60 * torch.sin(2 * math.pi * 4 * t))
    elif kind == 1:  # horn: two steady tones
        sound = torch.sin(2 * math.pi * 440 * pitch * t) + torch.sin(2 * math.pi * 554 * pitch * t)
    elif kind == 2:  # bird: short chirps, high
        sound = torch.sin(2 * math.pi * (2700 * pitch * t + 1500 * (t % 0.1) ** 2)) * ((t % 0.1) < 0.06)
    elif kind == 3:  # engine: many low harmonics
        sound = sum(torch.sin(2 * math.pi * 70 * pitch * k * t) / k for k in range(1, 6))
    else:  # footsteps: bursts of noise
        sound = 2 * torch.randn(length, generator=g) * torch.exp(-((t % 0.16) * 60))
    start = int(torch.randint(SAMPLES - length + 1, (1,), generator=g))
    wave = torch.zeros(SAMPLES)
    wave[start : start + length] = sound * (0.25 + 0.4 * torch.rand(1, generator=g))
    return wave


class StreetAudio(Dataset):
    classes = ("siren", "horn", "bird", "engine", "footsteps")

    def __init__(self, clips, seed):
        g = torch.Generator().manual_seed(seed)
        self.tags = (torch.rand(clips, 5, generator=g) < torch.tensor([0.3, 0.3, 0.35, 0.45, 0.35])).float()
        self.waves = torch.zeros(clips, SAMPLES)
        for i in range(clips):
            wave = 0.1 * torch.randn(SAMPLES, generator=g)
            for kind in self.tags[i].nonzero().flatten():
                wave = wave + event(int(kind), g)
            self.waves[i] = wave

    def __len__(self):
        return len(self.tags)

    def __getitem__(self, index):
        return self.waves[index], self.tags[index]


class SpectrogramNet(nn.Module):
    def __init__(self, tags=5, bands=32, masked=4):
        super().__init__()
        self.bands, self.masked = bands, masked
        self.register_buffer("window", torch.hann_window(256))
        self.norm = nn.BatchNorm2d(1)
        layers, inner = [], 1
        for outer in (12, 24, 32):
            layers += [nn.Conv2d(inner, outer, 3, padding=1, bias=False), nn.BatchNorm2d(outer), nn.ReLU()]
            layers += [nn.MaxPool2d(2)]
            inner = outer
        self.cnn = nn.Sequential(*layers)
        self.head = nn.Linear(2 * inner, tags)

    def spectrogram(self, wave):
        power = torch.stft(wave, 256, 250, window=self.window, return_complex=True).abs().square()
        return (power[:, : 4 * self.bands].unflatten(1, (self.bands, 4)).mean(2) + 1e-6).log()

    def forward(self, wave):
        x = self.norm(self.spectrogram(wave).unsqueeze(1))
        if self.training:  # a strip of frequencies is hidden, the same for the batch
            low = int(torch.randint(self.bands - self.masked, ()))
            band = torch.arange(self.bands, device=x.device).view(1, 1, -1, 1)
            x = x.masked_fill((band >= low) & (band < low + self.masked), 0.0)
        x = self.cnn(x)
        return self.head(torch.cat([x.mean((2, 3)), x.amax((2, 3))], dim=1))


class MacroF1:
    """Mean over tags of the F1 at a score of zero."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.hits = self.said = self.true = 0.0

    def to(self, device):
        return self

    def update(self, outputs, targets):
        said = (outputs > 0).float()
        self.hits = self.hits + (said * targets).sum(0).cpu()
        self.said = self.said + said.sum(0).cpu()
        self.true = self.true + targets.sum(0).cpu()

    def compute(self):
        return (2 * self.hits / (self.said + self.true).clamp(min=1)).mean()
