"""The two-layer CNN of the old TensorFlow tutorial, for 8x8 digits."""

import torch
from torch import nn


def weight_variable(*shape, **kwargs):
    return nn.Parameter(nn.init.trunc_normal_(torch.empty(*shape), **kwargs))


def bias_variable(n):
    return nn.Parameter(torch.full((n,), 0.1))


class DeepNet(nn.Module):
    def __init__(self, **init):
        super().__init__()
        self.W_conv1, self.b_conv1 = weight_variable(16, 1, 3, 3, **init), bias_variable(16)
        self.W_conv2, self.b_conv2 = weight_variable(32, 16, 3, 3, **init), bias_variable(32)
        self.W_fc1, self.b_fc1 = weight_variable(64, 32 * 2 * 2, **init), bias_variable(64)
        self.W_fc2, self.b_fc2 = weight_variable(10, 64, **init), bias_variable(10)

    def forward(self, x):
        f = nn.functional
        h = f.max_pool2d(f.relu(f.conv2d(x, self.W_conv1, self.b_conv1, padding="same")), 2)
        h = f.max_pool2d(f.relu(f.conv2d(h, self.W_conv2, self.b_conv2, padding="same")), 2)
        h = f.relu(f.linear(h.flatten(1), self.W_fc1, self.b_fc1))
        return f.linear(h, self.W_fc2, self.b_fc2)
