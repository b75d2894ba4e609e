import torch
import torch.nn.functional as F
from torch import nn


def net():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def cross_entropy(scores, targets):
    probabilities = F.softmax(40 * scores, dim=1)
    one_hot = F.one_hot(targets, 10).float()
    return -(one_hot * torch.log(probabilities)).sum(1).mean()
