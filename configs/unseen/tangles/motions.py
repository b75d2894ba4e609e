"""What does the ball in a short clip do: CNN on each frame, GRU over the frames."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

T, H, W = 8, 12, 12
YY, XX = np.mgrid[0:H, 0:W]
KINDS = ("falls", "rises", "to_left", "to_right", "circles")


def make_clip(rng, kind):
    """One clip, [H, W, T] as the camera library stacks it."""
    speed = rng.uniform(0.7, 1.1)
    when = np.arange(T) - (T - 1) / 2
    if kind == "circles":
        phase, turn = rng.uniform(0, 2 * np.pi), rng.choice([-1, 1]) * 2 * np.pi / T
        y, x = 5.5 + 3 * np.sin(phase + turn * when), 5.5 + 3 * np.cos(phase + turn * when)
    else:
        dy, dx = {"falls": (1, 0), "rises": (-1, 0), "to_left": (0, -1), "to_right": (0, 1)}[kind]
        drift = rng.normal(0, 0.15)
        y = rng.uniform(4, 7) + speed * when * dy + drift * when * abs(dx)
        x = rng.uniform(4, 7) + speed * when * dx + drift * when * abs(dy)
    size = rng.uniform(1.0, 1.6)
    clip = np.exp(-((YY[..., None] - y) ** 2 + (XX[..., None] - x) ** 2) / (2 * size**2))
    return rng.uniform(0.7, 1) * clip + rng.normal(0, 0.08, (H, W, T))


class BallClips(Dataset):
    def __init__(self, n_clips, seed, numbering="sorted"):
        rng = np.random.default_rng(seed)
        names = [str(rng.choice(KINDS)) for _ in range(n_clips)]
        self.clips = [make_clip(rng, name) for name in names]
        labels = sorted(set(names)) if numbering == "sorted" else list(dict.fromkeys(names))
        self.label_ids = [labels.index(name) for name in names]

    def __len__(self):
        return len(self.clips)

    def __getitem__(self, idx):
        return torch.from_numpy(self.clips[idx]).float(), torch.tensor(self.label_ids[idx])


class FrameCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.fc = nn.Linear(16 * 3 * 3, 24)

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        x = torch.relu(self.conv2(x))
        return torch.relu(self.fc(x.flatten(1)))


class ClipClassifier(nn.Module):
    def __init__(self, batch_first=True):
        super().__init__()
        self.cnn = FrameCNN()
        self.rnn = nn.GRU(24, 32, batch_first=batch_first)
        self.classifier = nn.Linear(32, 5)

    def forward(self, clips):
        b = clips.shape[0]
        frames = clips.permute(0, 3, 1, 2).reshape(b * T, 1, H, W)
        features = self.cnn(frames).reshape(b, T, -1)
        outputs, _ = self.rnn(features)
        return self.classifier(outputs[:, -1])
