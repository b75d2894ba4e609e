"""A first network for digits, moved from Keras line by line."""

import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self, softmax=True):
        super().__init__()
        self.dense1 = nn.Linear(64, 128)
        self.dense2 = nn.Linear(128, 64)
        self.dense3 = nn.Linear(64, 10)
        self.softmax = softmax

    def forward(self, x):
        x = x.view(-1, 64)
        x = F.relu(self.dense1(x))
        x = F.relu(self.dense2(x))
        x = self.dense3(x)
        return F.softmax(x, dim=1) if self.softmax else x
