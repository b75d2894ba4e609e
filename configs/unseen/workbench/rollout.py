"""A learned model of a pendulum cart, trained over several steps ahead for planning; the horizon grows with training."""

import math

import torch
from torch import nn
from torch.utils.data import Dataset

DT, HORIZON = 0.05, 8


def physics(state, push):
    """Next state [position, angle, speed, angular speed] of a damped cart with a hanging pole."""
    x, a, v, w = state.unbind(-1)
    sin, cos = a.sin(), a.cos()
    acceleration = (push - 0.8 * v + 0.3 * sin * (w**2 + 9.8 * cos)) / (1.3 - 0.3 * cos**2)
    turning = -9.8 * sin - acceleration * cos - 0.2 * w
    v, w = v + DT * acceleration, w + DT * turning
    return torch.stack([x + DT * v, a + DT * w, v, w], dim=-1)


class Episodes(Dataset):
    """Pieces of episodes: {"states": [9, 4], "pushes": [8]}, states measured with noise."""

    def __init__(self, pieces, seed, noise=0.005):
        g = torch.Generator().manual_seed(seed)
        state = torch.randn(pieces, 4, generator=g) * torch.tensor([1.0, 0.8, 1.0, 1.5])
        pushes = 4 * torch.randn(pieces, 1, generator=g) + 2 * torch.randn(pieces, HORIZON, generator=g)
        states = [state]
        for t in range(HORIZON):
            states.append(physics(states[-1], pushes[:, t]))
        self.states = torch.stack(states, dim=1)
        self.states = self.states + noise * torch.randn(self.states.shape, generator=g)
        self.pushes = pushes

    def __len__(self):
        return len(self.pushes)

    def __getitem__(self, index):
        return {"states": self.states[index], "pushes": self.pushes[index]}


class Dynamics(nn.Module):
    """Predicts the change of the state; position itself tells nothing, so it is no input."""

    def __init__(self, hidden=96):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(5, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, 2)
        )
        nn.init.zeros_(self.net[-1].weight)
        nn.init.zeros_(self.net[-1].bias)
        self.register_buffer("seen", torch.zeros((), dtype=torch.long))

    def forward(self, state, push):
        x, a, v, w = state.unbind(-1)
        features = torch.stack([a.sin(), a.cos(), v / 2, w / 3, push / 4], dim=-1)
        dv, dw = (0.3 * self.net(features)).unbind(-1)
        v, w = v + dv, w + dw
        return torch.stack([x + DT * v, a + DT * w, v, w], dim=-1)


def rollout_step(model, batch, loss, grown_after=300):
    """Roll out from the first state; the whole horizon is in force after `grown_after` steps, and always on validation."""
    states, pushes = batch["states"], batch["pushes"]
    horizon = HORIZON
    if model.training:
        model.seen += 1
        horizon = min(HORIZON, 2 + math.floor((HORIZON - 1) * int(model.seen) / grown_after))
    state, rolled = states[:, 0], []
    for t in range(horizon):
        state = model(state, pushes[:, t])
        rolled.append(state)
    predicted, target = torch.stack(rolled, dim=1), states[:, 1 : horizon + 1]
    return {"loss": 10 * loss(predicted, target), "outputs": predicted, "targets": target}
