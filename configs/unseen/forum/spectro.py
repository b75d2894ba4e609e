"""Spoken words as spectrograms: six words, one folder each."""

import torch
from torch import nn
from torch.utils.data import Dataset

WORDS = {  # start and end of the two formants, in Hz
    "yes": (500, 300, 1900, 2300),
    "no": (600, 350, 1100, 800),
    "left": (550, 700, 1800, 1500),
    "right": (750, 400, 1200, 2000),
    "go": (300, 450, 900, 1000),
    "stop": (400, 650, 1500, 1000),
}


class Words(Dataset):
    classes = tuple(WORDS)

    def __init__(self, each, seed):
        g = torch.Generator().manual_seed(seed)
        self.samples = []
        for label, formants in enumerate(WORDS.values()):
            for _ in range(each):
                self.samples.append((self.features(self.speak(formants, g)), label))

    def speak(self, formants, g):
        time = torch.arange(3000) / 6000
        voice = 1 + 0.12 * torch.randn(1, generator=g)
        begin = 0.05 + 0.1 * torch.rand(1, generator=g)
        place = ((time - begin) / 0.3).clamp(0, 1)
        wave = torch.zeros(3000)
        for low, high in (formants[:2], formants[2:]):
            frequency = voice * (low + (high - low) * place)
            wave += torch.sin(2 * torch.pi * torch.cumsum(frequency / 6000, 0))
        wave = wave * ((time > begin) & (time < begin + 0.3))
        return wave + 0.5 * torch.randn(3000, generator=g)

    def features(self, wave):
        spectrum = torch.stft(wave, 128, hop_length=96, window=torch.hann_window(128), return_complex=True)
        log = (spectrum.abs().square() + 1e-4).log()
        return ((log - 2.6) / 1.7).unsqueeze(0)  # [1, 65, 32]

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return self.samples[index]


class SpectroNet(nn.Sequential):
    def __init__(self, width=8):
        super().__init__(
            nn.Conv2d(1, width, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d((8, 4)),
            nn.Flatten(),
            nn.Linear(2 * width * 32, 6),
        )
