"""A policy and value net for tic-tac-toe, taught by perfect play: every position once, split up to symmetry."""

from functools import cache

import torch
from torch import nn
from torch.utils.data import Dataset

LINES = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6))
CELLS = torch.arange(9).view(3, 3)
SYMMETRIES = [torch.rot90(m, k).flatten() for m in (CELLS, CELLS.flip(1)) for k in range(4)]


@cache
def value(board):
    """Result for the side to move (1), who plays against -1."""
    if any(sum(board[i] for i in line) == -3 for line in LINES):
        return -1
    free = [i for i in range(9) if board[i] == 0]
    return max((-value(after(board, i)) for i in free), default=0)


def after(board, move):
    return tuple(-1 if i == move else -cell for i, cell in enumerate(board))


def positions():
    """Every position in which a move is to be made, reached by any play."""
    seen, front = set(), [(0,) * 9]
    while front:
        board = front.pop()
        over = any(sum(board[i] for i in line) == -3 for line in LINES) or 0 not in board
        if board in seen or over:
            continue
        seen.add(board)
        front += [after(board, i) for i in range(9) if board[i] == 0]
    return seen


def canonical(board):
    return min(tuple(board[int(i)] for i in order) for order in SYMMETRIES)


class Positions(Dataset):
    """One position of each symmetry class; (board [9], policy over best moves [9], value)."""

    def __init__(self, split, held_out=6):
        boards = sorted({canonical(board) for board in positions()})
        order = torch.randperm(len(boards), generator=torch.Generator().manual_seed(3)).tolist()
        boards = [boards[i] for i in order]
        chosen = [b for i, b in enumerate(boards) if (i % held_out == 0) != (split == "train")]
        self.samples = [self._sample(board) for board in chosen]
        if split == "train":
            self.samples = [(b[order], p[order], v) for b, p, v in self.samples for order in SYMMETRIES]

    @staticmethod
    def _sample(board):
        best = value(board)
        good = torch.tensor([float(board[i] == 0 and -value(after(board, i)) == best) for i in range(9)])
        return torch.tensor(board, dtype=torch.float32), good / good.sum(), torch.tensor(float(best))

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return self.samples[index]


class PolicyValueNet(nn.Module):
    def __init__(self, width=128):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(27 + 32, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.register_buffer("lines", torch.zeros(9, 8))
        for i, line in enumerate(LINES):
            self.lines[list(line), i] = 1.0
        self.policy = nn.Linear(width, 9)
        self.value = nn.Sequential(nn.Linear(width, 32), nn.ReLU(), nn.Linear(32, 1), nn.Tanh())

    def forward(self, board):
        planes = torch.cat([board == 1, board == -1, board == 0], dim=1).float()
        own, other = (board == 1).float() @ self.lines, (board == -1).float() @ self.lines
        open_own, open_other = own * (other == 0), other * (own == 0)
        x = self.trunk(
            torch.cat([planes, open_own, open_other, (own == 2) * open_own, (other == 2) * open_other], dim=1)
        )
        return self.policy(x).masked_fill(board != 0, -1e4), self.value(x).squeeze(1)


class GoodMoves:
    """Share of positions in which the move that is played keeps the result."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.good = self.all = 0

    def to(self, device):
        return self

    def update(self, outputs, targets):
        played = outputs.argmax(1, keepdim=True)
        self.good += int((targets.gather(1, played) > 0).sum())
        self.all += len(targets)

    def compute(self):
        return torch.tensor(self.good / self.all)


def step(model, batch, loss):
    board, policy, result = batch
    logits, guess = model(board)
    total = loss(logits, policy) + nn.functional.mse_loss(guess, result)
    return {"loss": total, "outputs": logits, "targets": policy}
