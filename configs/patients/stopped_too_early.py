from torch import nn


def net(width=12):
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1),
        nn.ELU(),
        nn.Conv2d(width, width, 3, padding=1, stride=2),
        nn.ELU(),
        nn.Flatten(),
        nn.Linear(16 * width, 32),
        nn.ELU(),
        nn.Linear(32, 10),
    )
