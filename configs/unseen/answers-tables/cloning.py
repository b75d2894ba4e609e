"""Imitate the expert that swings a pendulum up: torque from cosine, sine and speed."""

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import TensorDataset

MAX_TORQUE = 2.0


def expert(theta, theta_dot):
    """Pump energy far from the top, hold near it."""
    energy = 0.5 * theta_dot**2 + 10 * (np.cos(theta) - 1)
    near = 1 / (1 + np.exp(-12 * (np.cos(theta) - 0.75)))
    swing = -np.tanh(theta_dot) * np.tanh(energy / 4) * 2
    hold = -8 * np.sin(theta) - 2 * theta_dot
    return np.clip((1 - near) * swing + near * hold, -MAX_TORQUE, MAX_TORQUE)


def demonstrations(n, seed):
    rng = np.random.default_rng(seed)
    theta = rng.uniform(-np.pi, np.pi, n)
    theta_dot = rng.uniform(-8, 8, n)
    states = np.stack([np.cos(theta), np.sin(theta), theta_dot / 4], axis=1)
    actions = expert(theta, theta_dot)[:, None]
    return TensorDataset(torch.FloatTensor(states), torch.FloatTensor(actions))


class Actor(nn.Module):
    def __init__(self, state_dim=3, action_dim=1, max_action=1.0):
        super().__init__()
        self.l1 = nn.Linear(state_dim, 100)
        self.l2 = nn.Linear(100, 100)
        self.l3 = nn.Linear(100, action_dim)
        self.max_action = max_action

    def forward(self, state):
        a = torch.relu(self.l1(state))
        a = torch.relu(self.l2(a))
        return self.max_action * torch.tanh(self.l3(a))
