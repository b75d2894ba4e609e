import torch.nn.functional as F
from torch import nn


def net():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def likelihood(scores, targets):
    return F.log_softmax(scores, dim=1).gather(1, targets[:, None]).mean()
