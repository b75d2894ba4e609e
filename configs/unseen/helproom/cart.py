"""Imitate a driver from logged frames: nine range readings and the speed, three actions."""

import re

import torch
from torch import nn
from torch.utils.data import Dataset

ACTIONS = ["left", "straight", "right"]


def record(seed, steps):
    """One drive: frames by file name, and the action log in the order of time."""
    g = torch.Generator().manual_seed(seed)
    frames, actions = {}, []
    for t in range(steps):
        offset = torch.rand(1, generator=g).item() * 2 - 1
        heading = (torch.rand(1, generator=g).item() * 2 - 1) * 0.8
        angles = torch.linspace(-1.2, 1.2, 9) + heading
        ranges = torch.where(angles > 0, 1.2 - offset, 1.2 + offset) / angles.sin().abs().clamp(min=0.2)
        ranges = ranges.clamp(max=5) + 0.1 * torch.randn(9, generator=g)
        speed = torch.rand(1, generator=g)
        frames[f"frame_{t}.npy"] = torch.cat([ranges / 5, speed])
        steer = offset + 1.2 * heading
        actions.append(0 if steer > 0.4 else 2 if steer < -0.4 else 1)
    return frames, actions


def frame_number(name):
    return int(re.findall(r"\d+", name)[0])


class DriveLog(Dataset):
    classes = ACTIONS

    def __init__(self, drives, steps=800, order="number"):
        self.obs, self.act = [], []
        for seed in drives:
            frames, actions = record(seed, steps)
            names = sorted(frames, key=frame_number) if order == "number" else sorted(frames)
            self.obs += [frames[name] for name in names]
            self.act += actions

    def __len__(self):
        return len(self.obs)

    def __getitem__(self, k):
        return self.obs[k], self.act[k]


class Policy(nn.Module):
    def __init__(self, n_hidden=64):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(10, n_hidden), nn.Tanh(), nn.Linear(n_hidden, n_hidden), nn.Tanh()
        )
        self.head = nn.Linear(n_hidden, 3)

    def forward(self, obs):
        return self.head(self.body(obs))
