from torch import nn


def block(before, after, stride):
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()
    )


def net():
    return nn.Sequential(
        block(1, 32, 2),
        block(32, 32, 2),
        block(32, 32, 2),
        block(32, 32, 1),
        block(32, 32, 1),
        block(32, 32, 1),
        block(32, 32, 1),
        nn.Flatten(),
        nn.Linear(32, 10),
    )
