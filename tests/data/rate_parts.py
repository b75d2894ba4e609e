"""Models, losses and optimizers that the traps of the learning-rate range test need, as users write them."""

# Users do not write for our linter and type checker.
# ruff: noqa: D103
# mypy: ignore-errors

import torch
from torch import nn


class Counting(nn.Module):
    """Counts its forwards in three kinds of memory, and may break after some of them or start in eval mode."""

    def __init__(self, breaks_after=0, evaluating=False):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU())
        self.head = nn.Linear(8, 2)
        self.register_buffer("kept", torch.zeros(()))
        self.register_buffer("passing", torch.zeros(()), persistent=False)
        self.breaks_after = breaks_after
        if evaluating:
            self.eval()

    def forward(self, inputs):
        self.kept += 1
        self.passing += 1
        if self.breaks_after and self.kept > self.breaks_after:
            raise RuntimeError("out of memory, say")
        return self.head(self.body(inputs))


class Cut(nn.Module):
    """Its outputs hang on its weights by a factor of zero only."""

    def __init__(self):
        super().__init__()
        self.net = nn.Linear(4, 2)

    def forward(self, inputs):
        outputs = self.net(inputs)
        return outputs.detach() + 0 * outputs


class Brittle(nn.Module):
    """Learns like any other, and turns into NaN as soon as a weight is large."""

    def __init__(self):
        super().__init__()
        self.net = nn.Linear(4, 2)

    def forward(self, inputs):
        outputs = self.net(inputs)
        return outputs * float("nan") if self.net.weight.detach().abs().max() > 3 else outputs


def two_groups(model):
    return torch.optim.SGD(
        [
            {"params": [p for p in model.parameters() if p.ndim > 1], "lr": 0.01},
            {"params": [p for p in model.parameters() if p.ndim < 2], "lr": 0.1},
        ]
    )


class Unread:
    """A validation set that nobody may read."""

    def __len__(self):
        return 8

    def __getitem__(self, index):
        raise AssertionError("validation was read")


class Rows(torch.utils.data.Dataset):
    """Named members instead of a pair."""

    def __init__(self, size=48):
        generator = torch.Generator().manual_seed(0)
        self.labels = torch.arange(size) % 2
        self.inputs = torch.randn(size, 4, generator=generator) + (2.0 * self.labels[:, None] - 1)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return {"image": self.inputs[index], "label": self.labels[index]}


class Refusing(Brittle):
    """Raises where Brittle turns into NaN, as distributions do whose deviation is no number."""

    def forward(self, inputs):
        outputs = super().forward(inputs)
        if bool(outputs.isnan().any()):
            raise ValueError("normal expects all elements of std >= 0.0")
        return outputs
