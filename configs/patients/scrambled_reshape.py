import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 12, 3, padding=1)
        self.gru = nn.GRU(12, 24, batch_first=True)
        self.fc = nn.Linear(24, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        n, c, h, w = x.shape
        x = x.view(n, h * w, c)
        out, _ = self.gru(x)
        return self.fc(out[:, -1])
