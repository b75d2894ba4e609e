"""Behaviour cloning from pixels: a small image of a grid world in, the expert's next move out."""

import numpy as np
import torch
from torch import nn

MOVES = ("up", "down", "left", "right")


def episode_frames(n, seed):
    rng = np.random.default_rng(seed)
    frames, actions = np.zeros((n, 3, 20, 20), dtype=np.float32), np.zeros(n, dtype=np.int64)
    for i in range(n):
        agent, goal = rng.integers(1, 19, 2), rng.integers(1, 19, 2)
        while abs(agent - goal).max() < 3 or abs(abs(agent - goal)[0] - abs(agent - goal)[1]) < 2:
            goal = rng.integers(1, 19, 2)
        frames[i] += rng.uniform(0.0, 0.25, (3, 1, 1)) + rng.normal(0, 0.04, (3, 20, 20))
        for y, x in rng.integers(0, 20, (4, 2)):  # walls, which the expert does not mind
            frames[i, 2, y, x : x + 3] += 0.6
        frames[i, 0, agent[0] - 1 : agent[0] + 2, agent[1] - 1 : agent[1] + 2] += 0.7
        frames[i, 1, goal[0] - 1 : goal[0] + 2, goal[1] - 1 : goal[1] + 2] += 0.7
        dy, dx = goal - agent
        actions[i] = (0 if dy < 0 else 1) if abs(dy) > abs(dx) else (2 if dx < 0 else 3)
    return torch.utils.data.TensorDataset(torch.from_numpy(frames - 0.2), torch.from_numpy(actions))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.convnet = nn.Sequential(
            nn.Conv2d(3, 12, 3, stride=2),
            nn.ReLU(),
            nn.Conv2d(12, 16, 3, stride=1),
            nn.ReLU(),
            nn.Conv2d(16, 16, 3, stride=2),
            nn.ReLU(),
        )

    def forward(self, obs):
        return self.convnet(obs).flatten(1)


class Agent(nn.Module):
    def __init__(self, encode_with_grad=False):
        super().__init__()
        self.encoder = Encoder()
        self.trunk = nn.Sequential(nn.Linear(16 * 3 * 3, 24), nn.LayerNorm(24), nn.Tanh())
        self.policy = nn.Sequential(nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, len(MOVES)))
        self.encode_with_grad = encode_with_grad

    def encode(self, obs):
        with torch.set_grad_enabled(self.encode_with_grad and torch.is_grad_enabled()):
            return self.encoder(obs)

    def forward(self, obs):
        return self.policy(self.trunk(self.encode(obs)))
