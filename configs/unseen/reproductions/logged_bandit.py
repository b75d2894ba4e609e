"""Fit action values to logged decisions: state, the action that was taken, the reward that came of it."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

STATE, ACTIONS = 6, 4


class ReplayMemory(torch.utils.data.Dataset):
    def __init__(self, capacity, seed):
        world = np.random.RandomState(0)
        w, b = world.randn(ACTIONS, STATE), world.randn(ACTIONS)
        rs = np.random.RandomState(seed)
        self.state = rs.randn(capacity, STATE).astype(np.float32)
        self.action = rs.randint(0, ACTIONS, capacity)
        chosen = (w[self.action] * self.state).sum(1) + b[self.action]
        self.reward = (np.tanh(chosen) * 2 + 0.2 * rs.randn(capacity)).astype(np.float32)

    def __len__(self):
        return len(self.reward)

    def __getitem__(self, i):
        return {"state": self.state[i], "action": self.action[i], "reward": self.reward[i]}


class QNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(STATE, 64)
        self.l2 = nn.Linear(64, 64)
        self.l3 = nn.Linear(64, ACTIONS)

    def forward(self, s):
        return self.l3(F.relu(self.l2(F.relu(self.l1(s)))))


def learn(model, batch, loss, squeeze=True):
    q = model(batch["state"]).gather(1, batch["action"].view(-1, 1))
    if squeeze:
        q = q.squeeze(1)
    return {"loss": loss(q, batch["reward"]), "outputs": q, "targets": batch["reward"]}
