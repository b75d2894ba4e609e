"""Q values from logged flights of a hovering drone: what it costs to push up, down or not at all."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset

ACTIONS = ["down", "hold", "up"]
GAMMA = 0.9


def fly(height, speed, goal, action):
    """Discounted return of one push, then of the autopilot."""
    push, total, discount = action - 1.0, np.zeros_like(height), 1.0
    for _ in range(25):
        speed = 0.9 * speed + 0.5 * push
        height = height + 0.3 * speed
        total -= discount * np.abs(height - goal)
        discount *= GAMMA
        push = np.clip(1.2 * (goal - height) - 0.6 * speed, -1, 1)
    return total


class ReplayBuffer(Dataset):
    def __init__(self, size, seed):
        rng = np.random.default_rng(seed)
        height, speed, goal = rng.uniform(-1, 1, (3, size))
        self.action = rng.integers(0, 3, size)
        self.state = np.stack([height, speed, goal], 1)
        self.ret = fly(height, speed, goal, self.action) + rng.normal(0, 0.05, size)

    def __len__(self):
        return len(self.ret)

    def __getitem__(self, i):
        return torch.tensor(self.state[i]).float(), int(self.action[i]), np.float32(self.ret[i])


class DQN(nn.Module):
    def __init__(self, inputs=3, outputs=3):
        super().__init__()
        self.fc1 = nn.Linear(inputs, 64)
        self.fc2 = nn.Linear(64, 64)
        self.head = nn.Linear(64, outputs)

    def forward(self, x):
        x = F.relu(self.fc1(x.view(x.size(0), -1)))
        x = F.relu(self.fc2(x))
        return self.head(x)


def optimize_model(model, batch, loss):
    state_batch, action_batch, return_batch = batch
    state_action_values = model(state_batch).gather(1, action_batch.unsqueeze(1))
    expected = return_batch
    return {"loss": loss(state_action_values, expected), "outputs": state_action_values, "targets": expected}


def optimize_model_columns(model, batch, loss):
    state_batch, action_batch, return_batch = batch
    state_action_values = model(state_batch).gather(1, action_batch.unsqueeze(1))
    expected = return_batch.unsqueeze(1)
    return {"loss": loss(state_action_values, expected), "outputs": state_action_values, "targets": expected}
