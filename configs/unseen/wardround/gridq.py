"""Offline Q-learning on a grid world: transitions from a random walker, a slowly following target network."""

import copy

import torch
from torch import nn

SIDE, GAMMA = 6, 0.9
GOAL, PIT = (5, 5), (3, 2)
MOVES = ((-1, 0), (1, 0), (0, -1), (0, 1))


def move(state, action):
    row = min(max(state[0] + MOVES[action][0], 0), SIDE - 1)
    col = min(max(state[1] + MOVES[action][1], 0), SIDE - 1)
    new = (row, col)
    if new == GOAL:
        return new, 1.0, True
    if new == PIT:
        return new, -1.0, True
    return new, -0.02, False


def one_hot(state):
    x = torch.zeros(SIDE * SIDE)
    x[state[0] * SIDE + state[1]] = 1.0
    return x


class Replay(torch.utils.data.Dataset):
    """(state, action, reward, next state, done) of a walker without a plan."""

    def __init__(self, transitions, seed):
        g = torch.Generator().manual_seed(seed)
        self.memory = []
        while len(self.memory) < transitions:
            state = tuple(torch.randint(0, SIDE, (2,), generator=g).tolist())
            if state in (GOAL, PIT):
                continue
            for _ in range(20):
                action = int(torch.randint(0, 4, (1,), generator=g))
                new, reward, done = move(state, action)
                self.memory.append(
                    {
                        "s": one_hot(state),
                        "a": torch.tensor(action),
                        "r": torch.tensor(reward),
                        "s2": one_hot(new),
                        "done": torch.tensor(float(done)),
                    }
                )
                if done:
                    break
                state = new
        self.memory = self.memory[:transitions]

    def __len__(self):
        return len(self.memory)

    def __getitem__(self, i):
        return self.memory[i]


class DQN(nn.Module):
    def __init__(self, hidden=64, tau=0.02):
        super().__init__()
        self.online = nn.Sequential(nn.Linear(SIDE * SIDE, hidden), nn.ReLU(), nn.Linear(hidden, 4))
        self.target = copy.deepcopy(self.online).requires_grad_(False)
        self.tau = tau

    def forward(self, s):
        return self.online(s)

    @torch.no_grad()
    def follow(self):
        for old, new in zip(self.target.parameters(), self.online.parameters(), strict=False):
            old.mul_(1 - self.tau).add_(new, alpha=self.tau)


def td_step(model, batch, loss):
    if model.training:
        model.follow()
    q = model(batch["s"]).gather(1, batch["a"][:, None]).squeeze(1)
    with torch.no_grad():
        best = model.online(batch["s2"]).argmax(1, keepdim=True)  # double DQN
        future = model.target(batch["s2"]).gather(1, best).squeeze(1)
        goal = batch["r"] + GAMMA * (1 - batch["done"]) * future
    return loss(q, goal)
