import torch.nn.functional as F
from torch import nn
from torch.utils.data import TensorDataset

from cnndoctor.datasets import digits


def odd_digits(split):
    data = digits(split)
    return TensorDataset(data.images, (data.targets % 2).float().unsqueeze(1))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU())
        self.out = nn.Linear(32, 1)

    def forward(self, x):
        return F.softmax(self.out(self.body(x)), dim=1)
