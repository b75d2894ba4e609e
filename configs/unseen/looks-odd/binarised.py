import torch
from torch import nn


class BinarySign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.where(x >= 0, 1.0, -1.0)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (x.abs() <= 1)


class BinaryConv2d(nn.Conv2d):
    def forward(self, x):
        scale = self.weight.abs().mean((1, 2, 3), keepdim=True).detach()
        return nn.functional.conv2d(x, scale * BinarySign.apply(self.weight), None, self.stride, self.padding)


class Binarise(nn.Module):
    def forward(self, x):
        return BinarySign.apply(x)


def BinaryNet(width=32):
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1, bias=False),  # first and last layer stay real
        nn.BatchNorm2d(width),
        Binarise(),
        BinaryConv2d(width, width, 3, padding=1, bias=False),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(width),
        Binarise(),
        BinaryConv2d(width, width, 3, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.Hardtanh(),
        nn.Flatten(),
        nn.Linear(width * 16, 10),
    )
