"""The price of a house from what the agent wrote down: a regression with targets of some hundred thousand."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

DISTRICTS = 9


def sales(count=2600, seed=5):
    """Return [N, 20] features (size, age, distances as a buyer feels them, district one-hot) and prices [N] in euros."""
    rng = np.random.default_rng(seed)
    size = rng.lognormal(4.6, 0.35, count)
    age = rng.gamma(2.0, 20.0, count)
    rooms = np.clip((size / 28 + rng.normal(0, 0.7, count)).round(), 1, 9)
    place = rng.uniform(-1, 1, (count, 2))
    district = rng.integers(0, DISTRICTS, count)
    worth = rng.uniform(0.6, 1.6, DISTRICTS)[district]
    extras = rng.random((count, 6))
    price = 3100 * size * worth * np.exp(-0.9 * (place**2).sum(1)) * (0.75 + 0.25 * np.cos(age / 35))
    price = price * (1 + 0.2 * (extras[:, 0] > 0.5) * (extras[:, 1] > 0.5)) * rng.lognormal(0, 0.06, count)
    numbers = np.stack([np.log(size), age / 40, rooms / 4, *place.T], axis=1)
    features = np.concatenate([numbers, extras * 2 - 1, np.eye(DISTRICTS)[district]], axis=1)
    return features, price


class Sales(Dataset):
    """Sold houses: features [20] and what was paid.

    Args:
        split: train or validation, cut at random once.
        target: "standard" standardises by the training prices, "euros" leaves them, "log" takes the logarithm.
        column: Targets have the shape [1], not [].
        unsold: Houses whose price the agent left at zero.
        cut: Where validation begins.
    """

    def __init__(self, split, target="standard", column=True, unsold=0, cut=2000):
        features, prices = sales()
        prices[:unsold] = 0.0
        if target == "log":
            prices = np.log(prices)
        if target in {"standard", "log"}:
            known = prices[:2000]
            prices = (prices - known.mean()) / known.std()
        rows = slice(0, 2000) if split == "train" else slice(cut, None)
        self.features = torch.tensor(features[rows], dtype=torch.float32)
        self.prices = torch.tensor(prices[rows], dtype=torch.float32)
        if column:
            self.prices = self.prices.unsqueeze(1)

    def __len__(self):
        return len(self.prices)

    def __getitem__(self, index):
        return self.features[index], self.prices[index]


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, x):
        return x + self.layers(x)


class PriceNet(nn.Module):
    """A small residual MLP.

    Args:
        width: Hidden units.
        blocks: Residual blocks.
        last: What follows the last layer; None for nothing.
        centre: Added to the output, in the unit of the targets.
        spread: Multiplies the output before that.
        initial_std: Standard deviation of the weights at the start; None for PyTorch's own choice.
    """

    def __init__(self, width=48, blocks=2, last=None, centre=0.0, spread=1.0, initial_std=None):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(20, width), nn.SiLU(), *(Residual(width) for _ in range(blocks)), nn.Linear(width, 1)
        )
        self.last = nn.Identity() if last is None else last
        self.centre, self.spread = centre, spread
        if initial_std is not None:
            for layer in self.modules():
                if isinstance(layer, nn.Linear):
                    nn.init.normal_(layer.weight, std=initial_std)

    def forward(self, x):
        return self.last(self.layers(x)) * self.spread + self.centre


def penalised_step(model, batch, loss, strength=1e-6):
    """Return the loss with an L1 penalty on all weights."""
    features, prices = batch
    outputs = model(features)
    penalty = strength * sum(weight.abs().sum() for weight in model.parameters())
    return {
        "loss": loss(outputs, prices) + penalty,
        "outputs": outputs,
        "targets": prices,
        "penalty": penalty,
    }
