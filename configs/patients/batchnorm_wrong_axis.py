import torch
from torch import nn
from torch.utils.data import TensorDataset

from cnndoctor.datasets import digits


def rows(split):
    data = digits(split)
    return TensorDataset(data.images.squeeze(1), data.targets)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(8, 32)
        self.norm = nn.BatchNorm1d(8)
        self.out = nn.Linear(32, 10)

    def forward(self, x):
        x = torch.relu(self.norm(self.embed(x)))
        return self.out(x.mean(1))
