"""Where the hand of an arm of two links is, from the angles of its joints."""

import torch
import torch.nn as nn
from torch.utils.data import TensorDataset


def makeSamples(howMany, seed):
    torch.manual_seed(seed)
    theta = (torch.rand(howMany, 2) * 2 - 1) * 2.5  # radians
    shoulder, elbow = theta[:, 0], theta[:, 0] + theta[:, 1]
    handX = 1.0 * torch.cos(shoulder) + 0.7 * torch.cos(elbow)
    handY = 1.0 * torch.sin(shoulder) + 0.7 * torch.sin(elbow)
    return TensorDataset(theta, torch.stack([handX, handY], 1) + 0.01 * torch.randn(howMany, 2))


class ArmNet(nn.Module):
    def __init__(self, hiddenUnits=40):
        super().__init__()
        self.inputToHidden = nn.Linear(2, hiddenUnits)
        self.hiddenToHidden = nn.Linear(hiddenUnits, hiddenUnits)
        self.hiddenToOutput = nn.Linear(hiddenUnits, 2)

    def forward(self, angles):
        h = torch.tanh(self.inputToHidden(angles))
        h = torch.tanh(self.hiddenToHidden(h))
        return self.hiddenToOutput(h)
