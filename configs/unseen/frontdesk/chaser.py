"""A game bot by imitation: the ghost on the grid learns the moves of the scripted ghost."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset

W = H = 7
UP, DOWN, LEFT, RIGHT = range(4)
STEP = {UP: (-1, 0), DOWN: (1, 0), LEFT: (0, -1), RIGHT: (0, 1)}


def isFree(grid, pos):
    y, x = pos
    return 0 <= y < H and 0 <= x < W and grid[y, x] != 1


def scriptedMove(grid, ghost, player):
    dy, dx = player[0] - ghost[0], player[1] - ghost[1]
    vertical = DOWN if dy > 0 else UP
    horizontal = RIGHT if dx > 0 else LEFT
    wishes = [vertical, horizontal] if abs(dy) >= abs(dx) else [horizontal, vertical]
    for move in [*wishes, UP, DOWN, LEFT, RIGHT]:
        if isFree(grid, (ghost[0] + STEP[move][0], ghost[1] + STEP[move][1])):
            return move
    return None


class GridStates(Dataset):
    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        self.states = []
        while len(self.states) < n:
            grid = (rng.random((H, W)) < 0.12).astype(np.int64)
            cells = np.argwhere(grid == 0)
            ghost, player = cells[rng.choice(len(cells), 2, replace=False)]
            move = scriptedMove(grid, ghost, player)
            if move is None:
                continue
            planes = np.zeros((4, H, W), dtype=np.float32)
            planes[0] = grid
            planes[1][tuple(ghost)] = 1
            planes[2][tuple(player)] = 1
            legal = [isFree(grid, (ghost[0] + STEP[m][0], ghost[1] + STEP[m][1])) for m in range(4)]
            planes[3].flat[:4] = legal  # the engine hands them over in the last plane
            self.states.append((torch.from_numpy(planes), move))

    def __len__(self):
        return len(self.states)

    def __getitem__(self, i):
        return self.states[i]


class PolicyNet(nn.Module):
    def __init__(self, illegal=-1e9):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 24, 3, padding=1)
        self.conv2 = nn.Conv2d(24, 24, 3, padding=1)
        self.fc1 = nn.Linear(24 * H * W, 64)
        self.fc2 = nn.Linear(64, 4)
        self.illegal = float(illegal)

    def forward(self, state):
        legal = state[:, 3].flatten(1)[:, :4] > 0
        x = F.relu(self.conv1(state[:, :3]))
        x = F.relu(self.conv2(x))
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc2(x).masked_fill(~legal, self.illegal)


def policyLoss(logits, moves, beta=0.01):
    logp = F.log_softmax(logits, dim=1)
    entropy = -(logp.exp() * logp).sum(dim=1).mean()
    return F.nll_loss(logp, moves) - beta * entropy
