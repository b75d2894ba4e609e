"""The electricity load of the next six hours from the last day: an LSTM over windows of an hourly series."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

HISTORY, HORIZON = 24, 6


def series(hours=2400, seed=51):
    """Return [hours, 3]: load in megawatts, temperature in degrees, and whether it is a working day."""
    rng = np.random.default_rng(seed)
    hour = np.arange(hours)
    working = ((hour // 24) % 7 < 5).astype(float)
    weather = np.zeros(hours)
    for now in range(1, hours):
        weather[now] = 0.97 * weather[now - 1] + rng.normal(0, 0.6)
    temperature = 14 + 6 * np.sin(2 * np.pi * (hour - 9) / 24) + weather
    daily = np.sin(2 * np.pi * (hour - 7) / 24) + 0.4 * np.sin(4 * np.pi * hour / 24)
    load = 42000 + 6000 * daily * (0.5 + 0.5 * working) + 900 * np.abs(temperature - 17) + 4000 * working
    return np.stack([load + rng.normal(0, 350, hours), temperature, working], axis=1)


class Windows(Dataset):
    """Windows of a day and the six hours behind it.

    Args:
        split: train is the first three quarters of the series, validation the rest.
        cut: "in time", or "at random" over the windows.
        scaled: "both" scales inputs and targets by the training part, "targets" the targets alone.
        shuffled_starts: Draw the targets' hours in an order of their own.
    """

    def __init__(self, split, cut="in time", scaled="both", shuffled_starts=False):
        values = series()
        known = values[:1800]
        scaled_values = (values - known.mean(0)) / known.std(0)
        inputs = scaled_values if scaled == "both" else values
        count = len(values) - HISTORY - HORIZON
        starts = np.arange(count)
        if cut == "at random":
            starts = np.random.default_rng(1).permutation(count)
        train, validation = starts[: 1800 - HISTORY - HORIZON], starts[1800:]
        chosen = train if split == "train" else validation
        then = np.random.default_rng(2).permutation(chosen) if shuffled_starts else chosen
        self.inputs = torch.tensor(np.stack([inputs[s : s + HISTORY] for s in chosen]), dtype=torch.float32)
        ahead = [scaled_values[s + HISTORY : s + HISTORY + HORIZON, 0] for s in then]
        self.targets = torch.tensor(np.stack(ahead), dtype=torch.float32)

    def __len__(self):
        return len(self.inputs)

    def __getitem__(self, index):
        return self.inputs[index], self.targets[index]


class Forecaster(nn.Module):
    """An LSTM whose last state is read out.

    Args:
        size: Of the state.
        last: Behind the read-out.
        dropout: On the state that is read out.
        head_dropout: On the forecasts.
    """

    def __init__(self, size=24, last=None, dropout=0.0, head_dropout=0.0):
        super().__init__()
        self.lstm = nn.LSTM(3, size, batch_first=True)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(size, HORIZON), nn.Dropout(head_dropout))
        self.last = nn.Identity() if last is None else last

    def forward(self, x):
        return self.last(self.head(self.lstm(x)[0][:, -1]))


def likelihood_step(model, batch, loss, sigma=0.5):
    """Return the negative log-likelihood of a normal distribution around the forecast."""
    inputs, targets = batch
    outputs = model(inputs)
    likelihood = torch.distributions.Normal(outputs, sigma).log_prob(targets).mean()
    return {"loss": -likelihood, "outputs": outputs, "targets": targets}


def log_prob_step(model, batch, loss, sigma=0.5):
    """Return the log-likelihood of a normal distribution around the forecast."""
    inputs, targets = batch
    outputs = model(inputs)
    likelihood = torch.distributions.Normal(outputs, sigma).log_prob(targets).mean()
    return {"loss": likelihood, "outputs": outputs, "targets": targets}
