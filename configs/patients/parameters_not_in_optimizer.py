import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 3), nn.ReLU())
        self.fc = nn.Linear(2 * 16, 10)

    def forward(self, x):
        return self.fc(self.conv(x).flatten(1))


def optimizer(model, lr):
    return torch.optim.Adam(model.fc.parameters(), lr=lr)
