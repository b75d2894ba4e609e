import torch
from torch import nn
from torch.utils.data import TensorDataset


def waves(split, size=400):
    made = torch.Generator().manual_seed(0 if split == "train" else 1)
    x = torch.randn(size, 4, generator=made)
    y = torch.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2]
    return TensorDataset(x, ((y - y.mean()) / y.std()))


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 64)
        self.out = nn.Linear(64, 1)

    def forward(self, x):
        return self.out(torch.tanh(self.hidden(x)))
