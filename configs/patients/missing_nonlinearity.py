import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import TensorDataset


def circles(split, size=600):
    made = torch.Generator().manual_seed(0 if split == "train" else 1)
    x = torch.randn(size, 2, generator=made)
    return TensorDataset(x, (x.norm(dim=1) > 1.18).long())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(2, 64)
        self.fc2 = nn.Linear(64, 64)
        self.fc3 = nn.Linear(64, 2)

    def forward(self, x):
        x = self.fc1(x)
        F.relu(x)
        x = self.fc2(x)
        F.relu(x)
        return self.fc3(x)
