"""For the computing class: handwritten digits with a plain network, as on the blackboard."""

import torch
from torch import nn


class ChalkNet(nn.Module):
    def __init__(self, by_hand=False, probabilities=False):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(64, 80), nn.Linear(80, 40), nn.Linear(40, 10)])
        self.probabilities = probabilities
        if by_hand:
            for layer in self.layers:
                layer.weight.data = torch.randn(layer.weight.shape)
                layer.bias.data = torch.randn(layer.bias.shape)

    def forward(self, image):
        a = image.reshape(-1, 64)
        for layer in self.layers[:-1]:
            a = torch.tanh(layer(a))
        z = self.layers[-1](a)
        return torch.softmax(z, dim=1) if self.probabilities else z
