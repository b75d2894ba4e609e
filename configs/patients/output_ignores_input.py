import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU())
        self.classify = nn.Linear(32, 10)

    def forward(self, x):
        features = self.features(x)
        out = torch.ones(features.shape)
        return self.classify(out)
