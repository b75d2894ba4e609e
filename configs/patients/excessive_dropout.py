from torch import nn


def mlp(keep):
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(64, 128),
        nn.ReLU(),
        nn.Dropout(keep),
        nn.Linear(128, 128),
        nn.ReLU(),
        nn.Dropout(keep),
        nn.Linear(128, 10),
        nn.Dropout(keep),
    )
