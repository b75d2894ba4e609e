"""A pretrained network that is trained further as a whole, but for the statistics of its BatchNorm."""

import copy

from nets import pretrained
from torch import nn
from torch.optim import SGD


class Thawed(nn.Module):
    def __init__(self, classes=5):
        super().__init__()
        self.backbone = copy.deepcopy(pretrained().features)
        self.head = nn.Linear(128, classes)

    def train(self, mode=True):
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def forward(self, x):
        return self.head(self.backbone(x).flatten(1))


def groups(model, lr, head_lr):
    """The backbone moves slowly, the head fast."""
    parts = [
        {"params": model.backbone.parameters(), "lr": lr},
        {"params": model.head.parameters(), "lr": head_lr},
    ]
    return SGD(parts, momentum=0.9)
