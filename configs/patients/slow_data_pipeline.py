import torch
from torch import nn
from torch.utils.data import Dataset

RATE = 16_000  # samples a second, as recorded
KINDS = 4


class Clips(Dataset):
    """A tenth of a second of one of four sounds in noise; the spectrogram is made anew on every read."""

    def __init__(self, count, seed):
        generator = torch.Generator().manual_seed(seed)
        self.labels = torch.arange(count) % KINDS
        time = torch.arange(RATE // 10) / RATE
        pitch = 300 + 900 * torch.rand(count, 1, generator=generator)
        sweep = torch.tensor([0.0, 1500.0, -1000.0, 0.0])[self.labels].unsqueeze(1)
        tone = torch.sin(6.283 * (pitch + sweep * time) * time)
        rough = torch.where(self.labels.unsqueeze(1) == 3, tone.sign(), tone)
        self.clips = rough + 0.5 * torch.randn(rough.shape, generator=generator)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        clip = resampled(self.clips[index], 2 * len(self.clips[index]))
        shape = (256, 48)
        windows = clip.unfold(0, *shape) * torch.hann_window(shape[0])
        spectrum = torch.fft.rfft(windows).abs().square()
        return (spectrum + 1e-3).log().T[:48].unsqueeze(0) / 4, self.labels[index]


def resampled(clip, length):
    """Interpolate with a windowed sinc, one output sample after the other's neighbourhood."""
    at = torch.linspace(0, len(clip) - 1, length)
    near = at.long().unsqueeze(1) + torch.arange(-8, 9)
    weight = torch.sinc(near - at.unsqueeze(1)) * torch.cos(0.18 * (near - at.unsqueeze(1)))
    return (clip[near.clamp(0, len(clip) - 1)] * weight).sum(1)


def net():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, stride=2, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d((12, 1)),
        nn.Flatten(),
        nn.Linear(384, KINDS),
    )
