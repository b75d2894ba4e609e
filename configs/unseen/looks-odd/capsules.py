import torch
import torch.nn as nn
import torch.nn.functional as F


def squash(s, dim=-1):
    n2 = (s * s).sum(dim, keepdim=True)
    return n2 / (1 + n2) * s / torch.sqrt(n2 + 1e-8)


class CapsNet(nn.Module):
    def __init__(self, num_routing=2):
        super().__init__()
        self.num_routing = num_routing
        self.conv1 = nn.Conv2d(1, 24, 3, padding=1)
        self.primary = nn.Conv2d(24, 16, 3, stride=2, padding=1)  # 2 capsules of 8 numbers at 4x4 places
        self.W = nn.Parameter(0.1 * torch.randn(1, 32, 10, 8, 8))

    def forward(self, x):
        x = F.relu(self.conv1(x))
        u = self.primary(x)
        u = u.view(len(u), 2, 8, 16).permute(0, 1, 3, 2).reshape(len(u), 32, 8)
        u = squash(u)
        votes = (self.W @ u[:, :, None, :, None]).squeeze(-1)  # (batch, 32, 10, 8)
        still = votes.detach()
        b = torch.zeros(votes.shape[:3], device=x.device)
        for i in range(self.num_routing):
            c = b.softmax(2).unsqueeze(-1)
            if i == self.num_routing - 1:
                v = squash((c * votes).sum(1))
            else:
                v = squash((c * still).sum(1))
                b = b + (still * v.unsqueeze(1)).sum(-1)
        return v.norm(dim=-1)


class MarginLoss(nn.Module):
    def __init__(self, up=0.9, down=0.1, weight=0.5):
        super().__init__()
        self.up, self.down, self.weight = up, down, weight

    def forward(self, lengths, labels):
        t = F.one_hot(labels, lengths.shape[1]).float()
        present = t * F.relu(self.up - lengths) ** 2
        absent = (1 - t) * F.relu(lengths - self.down) ** 2
        return (present + self.weight * absent).sum(1).mean()
