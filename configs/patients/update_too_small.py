import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, depth=6, width=20):
        super().__init__()
        layers = [nn.Flatten(), nn.Linear(64, width), nn.Tanh()]
        for _ in range(depth - 1):
            layers += [nn.Linear(width, width), nn.Tanh()]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        return self.head(self.body(x))


def two_rates(model, head, body):
    groups = [
        {"params": model.body.parameters(), "lr": body},
        {"params": model.head.parameters(), "lr": head},
    ]
    return torch.optim.SGD(groups, lr=head, momentum=0.9)
