import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 2, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1)
        )
        self.hidden = nn.Linear(2, 32)
        self.fc = nn.Linear(32, 10)

    def forward(self, x):
        return self.fc(F.relu(self.hidden(self.features(x).flatten(1))))


def new_head():
    model = Net()
    for parameter in model.parameters():
        parameter.requires_grad = False
    model.fc = nn.Linear(32, 10)
    return model
