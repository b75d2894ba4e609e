import torch
from torch import nn
from torch.utils.data import Dataset


class Waves(Dataset):
    """y = sin(x1) + x2 * x3 - |x4|, standardised, with a little noise."""

    def __init__(self, size, seed):
        generator = torch.Generator().manual_seed(seed)
        self.x = torch.randn(size, 8, generator=generator)
        y = torch.sin(2 * self.x[:, 0]) + self.x[:, 1] * self.x[:, 2] - self.x[:, 3].abs()
        self.y = (0.6 * (y + 0.8) + 0.05 * torch.randn(size, generator=generator)).unsqueeze(1)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        return self.x[index], self.y[index]


def net():
    return nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
