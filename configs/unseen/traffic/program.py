"""Traffic at ten counters of a motorway, forecast three hours ahead from the last twelve."""

import io

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset

SENSORS, PER_DAY, DAYS = 10, 48, 56
HISTORY, HORIZON = 24, 6
TRAIN_UNTIL = 0.75  # of the recorded time


def record(seed=3):
    """Return vehicles per half hour [T, SENSORS]; zero where a counter was out of service."""
    rng = np.random.default_rng(seed)
    time = np.arange(DAYS * PER_DAY)
    hour, weekend = time % PER_DAY / 2, time // PER_DAY % 7 >= 5
    size = rng.uniform(150, 450, SENSORS)
    towards_town = np.arange(SENSORS) % 2 == 0
    morning = np.exp(-(((hour - 8) / 1.6) ** 2))[:, None] * np.where(towards_town, 1.0, 0.45)
    evening = np.exp(-(((hour - 17.5) / 2.0) ** 2))[:, None] * np.where(towards_town, 0.45, 1.0)
    midday = 0.5 * np.exp(-(((hour - 13) / 4.5) ** 2))[:, None]
    level = 0.06 + np.where(weekend[:, None], 0.9 * midday + 0.2 * evening, morning + evening + midday)
    demand = np.zeros((len(time), SENSORS))
    shock = rng.normal(0, 0.07, demand.shape)
    for t in range(1, len(time)):
        upstream = np.roll(demand[t - 1], 1)
        demand[t] = 0.55 * demand[t - 1] + 0.38 * upstream + shock[t]
    for start in rng.integers(0, len(time) - 8, 60):
        demand[start : start + rng.integers(3, 8), rng.integers(SENSORS)] -= 0.7
    flow = rng.poisson(size * level * np.exp(demand)).astype(np.float32)
    for start in rng.integers(0, len(time) - 12, 50):
        flow[start : start + 12, rng.integers(SENSORS)] = 0.0
    return flow


FLOW = record()
_KNOWN = FLOW[: int(TRAIN_UNTIL * len(FLOW))]
MEAN, STD = float(_KNOWN.mean()), float(_KNOWN.std())


def with_clock(flow):
    """Return standardised counts and the clock [T, SENSORS + 3]."""
    time = np.arange(len(flow))
    day = 2 * np.pi * time / PER_DAY
    clock = np.stack([np.sin(day), np.cos(day), time // PER_DAY % 7 >= 5], axis=1)
    return np.concatenate([(flow - MEAN) / STD, clock], axis=1).astype(np.float32)


class Windows(Dataset):
    """Sliding windows: standardised history [HISTORY, SENSORS + 3], vehicles to come [HORIZON, SENSORS]."""

    def __init__(self, since=0.0, until=1.0):
        self.start, self.stop = int(since * len(FLOW)), int(until * len(FLOW))
        self.history, self.flow = with_clock(FLOW), FLOW

    def __len__(self):
        return self.stop - self.start - HISTORY - HORIZON + 1

    def __getitem__(self, index):
        now = self.start + index + HISTORY
        history = torch.from_numpy(self.history[now - HISTORY : now])
        return history, torch.from_numpy(self.flow[now : now + HORIZON])


class ArchiveWindows(Windows):
    """The same windows, read from the compressed archive that the road authority delivers."""

    def __init__(self, since=0.0, until=1.0):
        super().__init__(since, until)
        file = io.BytesIO()
        np.savez_compressed(file, flow=FLOW)
        self.archive = file.getvalue()

    def __getitem__(self, index):
        with np.load(io.BytesIO(self.archive)) as archive:
            self.flow = archive["flow"]
        self.history = with_clock(self.flow)
        return super().__getitem__(index)


class CausalConv(nn.Conv1d):
    def __init__(self, channels_in, channels_out, kernel, dilation):
        super().__init__(channels_in, channels_out, kernel, dilation=dilation)
        self.left = (kernel - 1) * dilation

    def forward(self, x):
        return super().forward(F.pad(x, (self.left, 0)))


class TemporalBlock(nn.Module):
    def __init__(self, channels_in, channels_out, dilation, dropout, momentum, zero_residual=False):
        super().__init__()
        self.conv1 = CausalConv(channels_in, channels_out, 3, dilation)
        self.norm1 = nn.BatchNorm1d(channels_out, momentum=momentum)
        self.conv2 = CausalConv(channels_out, channels_out, 3, dilation)
        self.norm2 = nn.BatchNorm1d(channels_out, momentum=momentum)
        self.skip = nn.Conv1d(channels_in, channels_out, 1) if channels_in != channels_out else nn.Identity()
        self.dropout = dropout
        if zero_residual:
            nn.init.zeros_(self.norm2.weight)

    def forward(self, x):
        h = F.dropout(F.relu(self.norm1(self.conv1(x))), self.dropout, self.training)
        h = F.dropout(self.norm2(self.conv2(h)), self.dropout, self.training)
        return F.relu(h + self.skip(x))


class FunctionalBlock(TemporalBlock):
    def forward(self, x):
        h = F.dropout(F.relu(self.norm1(self.conv1(x))), self.dropout)
        h = F.dropout(self.norm2(self.conv2(h)), self.dropout)
        return F.relu(h + self.skip(x))


class TrafficTCN(nn.Module):
    """Dilated causal convolutions; the last time step carries the forecast [N, HORIZON, SENSORS]."""

    def __init__(
        self,
        width=24,
        dilations=(1, 2, 4, 8),
        dropout=0.2,
        momentum=0.1,
        zero_residual=False,
        block=TemporalBlock,
    ):
        super().__init__()
        widths = [SENSORS + 3, *[width] * len(dilations)]
        self.blocks = self.collect(
            block(a, b, dilation, dropout, momentum, zero_residual)
            for a, b, dilation in zip(widths, widths[1:], dilations, strict=False)
        )
        self.head = nn.Linear(width, HORIZON * SENSORS)

    def collect(self, blocks):
        return nn.ModuleList(blocks)

    def forward(self, history):
        x = history.transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        return self.head(x[:, :, -1]).view(-1, HORIZON, SENSORS)


class ListTCN(TrafficTCN):
    def collect(self, blocks):
        return list(blocks)


def functional_tcn(dropout=0.2):
    return TrafficTCN(dropout=dropout, block=FunctionalBlock)


class TrafficGRU(nn.Module):
    """Encoder and decoder; the decoder starts from the encoder's state and feeds on its own forecasts."""

    def __init__(self, width=48, normal_init=False, handover=True):
        super().__init__()
        self.handover = handover
        self.encoder = nn.GRU(SENSORS + 3, width, batch_first=True)
        self.decoder = nn.GRUCell(SENSORS, width)
        self.project = nn.Linear(width, SENSORS)
        if normal_init:
            for parameter in self.parameters():
                nn.init.normal_(parameter)

    def init_hidden(self, history):
        return history.new_zeros(len(history), self.decoder.hidden_size)

    def forward(self, history):
        hidden = self.init_hidden(history)
        _, last = self.encoder(history, hidden.unsqueeze(0))
        if self.handover:
            hidden = last.squeeze(0)
        forecast = history.new_zeros(len(history), SENSORS)
        steps = []
        for _ in range(HORIZON):
            hidden = self.decoder(forecast, hidden)
            forecast = self.project(hidden)
            steps.append(forecast)
        return torch.stack(steps, dim=1)


class MaskedMAE(nn.Module):
    """Mean absolute error in vehicles over the readings that exist."""

    def __init__(self, reduction="mean"):
        super().__init__()
        self.reduction = reduction

    def forward(self, forecast, flow):
        error = (forecast - flow).abs()[flow > 0]
        return error.sum() if self.reduction == "sum" else error.mean()


class MaskedMAPE(nn.Module):
    """Mean absolute percentage error over the readings that exist."""

    def forward(self, forecast, flow):
        mask = (flow > 0).float()
        error = (forecast - flow).abs() / flow
        return (error * mask).mean() / mask.mean()


class Efficiency(nn.Module):
    """Nash-Sutcliffe efficiency over the readings that exist, as hydrologists and road engineers report it."""

    def forward(self, forecast, flow):
        mask = flow > 0
        forecast, flow = forecast[mask], flow[mask]
        return 1 - (forecast - flow).pow(2).sum() / (flow - flow.mean()).pow(2).sum()


def forecast_step(model, batch, loss, rescale=True):
    history, flow = batch
    forecast = model(history)
    if rescale:
        forecast = forecast * STD + MEAN
    return {"loss": loss(forecast, flow), "outputs": forecast, "targets": flow}


class Within:
    """Share of forecasts within a fifth of the counted vehicles."""

    def __init__(self, tolerance=0.2):
        self.tolerance = tolerance
        self.reset()

    def reset(self):
        self.hits, self.count = 0, 0

    def update(self, forecast, flow):
        known = flow > 0
        error = (forecast - flow).abs()[known]
        self.hits += int((error <= self.tolerance * flow[known]).sum())
        self.count += int(known.sum())

    def compute(self):
        return self.hits / max(self.count, 1)
