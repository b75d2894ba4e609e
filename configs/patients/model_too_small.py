import torch
from torch import nn


class TinyNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.squeeze = nn.Linear(64, 1)
        self.out = nn.Linear(1, 10)

    def forward(self, x):
        return self.out(torch.tanh(self.squeeze(x.flatten(1))))
