"""Do the red and the green ball meet in this little film, and when? A CNN looks at frames, a GRU at their order."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

FRAMES, SIDE = 8, 10


def film(rng, label):
    """Return one film [3, 8, 10, 10]; 0: they never meet, 1: in the first half, 2: in the second."""
    clip = rng.normal(0, 0.12, (3, FRAMES, SIDE, SIDE))
    red = rng.uniform(1, SIDE - 2, 2) + np.outer(np.arange(FRAMES), rng.uniform(-1, 1, 2))
    red = np.clip(np.rint(red), 1, SIDE - 2).astype(int)
    when = {1: rng.integers(0, 4), 2: rng.integers(4, 8), 0: -9}[label]
    green = np.zeros_like(red)
    for t in range(FRAMES):
        away = rng.integers(3, 6, 2) * rng.choice([-1, 1], 2)
        green[t] = red[t] if t == when else (red[t] + away) % (SIDE - 2) + 1
        while t != when and abs(green[t] - red[t]).max() < 3:
            green[t] = rng.integers(1, SIDE - 1, 2)
    for channel, path in ((0, red), (1, green)):
        for t, (y, x) in enumerate(path):
            clip[channel, t, y - 1 : y + 2, x - 1 : x + 2] += 1
    clip[2] += rng.uniform(0, 0.5)
    return clip.astype(np.float32)


class Films(Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.labels = [i % 3 for i in range(n)]
        self.films = torch.from_numpy(np.stack([film(rng, label) for label in self.labels]))

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.films[i], self.labels[i]


class FrameCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 16, 3, padding=1)
        self.relu = nn.ReLU()
        self.pool = nn.AdaptiveMaxPool2d(1)

    def forward(self, x):
        x = self.relu(self.conv1(x))
        x = self.relu(self.conv2(x))
        return self.pool(x).flatten(1)


class CNN_RNN(nn.Module):
    def __init__(self, time_first=False):
        super().__init__()
        self.cnn = FrameCNN()
        self.rnn = nn.GRU(16, 32, batch_first=True)
        self.fc1 = nn.Linear(32, 3)
        self.time_first = time_first

    def forward(self, x_3d):
        batch_size, C, T, H, W = x_3d.shape
        if self.time_first:
            x_3d = x_3d.transpose(1, 2)
        frames = x_3d.reshape(batch_size * T, C, H, W)
        features = self.cnn(frames).view(batch_size, T, -1)
        out, _ = self.rnn(features)
        return self.fc1(out[:, -1, :])
