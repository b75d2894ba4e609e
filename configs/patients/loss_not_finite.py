import torch
import torch.nn.functional as F
from torch import nn


def net():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def divergence(scores, targets):
    wanted = F.one_hot(targets, 10).float()
    found = F.softmax(scores, dim=1)
    return (wanted * (torch.log(wanted) - torch.log(found))).sum(1).mean()
