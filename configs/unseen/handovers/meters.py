"""Which appliance runs? One-second current traces, streamed from one record file per appliance, as tf.data did."""

import random

import numpy as np
import torch
from torch import nn
from torch.utils.data import IterableDataset

APPLIANCES = ("kettle", "fridge", "drill", "lamp", "washer", "charger")


def trace(kind, rng):
    t = np.arange(96) / 96
    wave = np.sin(2 * np.pi * (6 * t + rng.uniform()))
    gain = rng.uniform(0.6, 1.4)
    if kind == 1:  # compressor: third harmonic
        wave = wave + 0.5 * wave**3 * rng.uniform(0.8, 1.2)
        wave = wave + 0.4 * np.sin(2 * np.pi * 18 * t + rng.uniform(0, 6))
    if kind == 2:  # brushes spark
        wave = wave + rng.normal(0, 0.5, 96) * (np.abs(wave) > 0.6)
    if kind == 3:  # dimmer cuts the phase
        wave = wave * (np.abs(wave) > 0.6)
    if kind == 4:  # drum turns slowly
        wave = wave * (1 + 0.6 * np.sin(2 * np.pi * (2 * t + rng.uniform())))
    if kind == 5:  # rectifier: peaks only, one sign
        wave = np.maximum(wave, 0) ** 3
    return (gain * wave + rng.normal(0, 0.1, 96)).astype("float32")


class RecordStream(IterableDataset):
    """`dataset.interleave(files).shuffle(buffer)`, written for torch."""

    def __init__(self, per_file, seed, buffer=0):
        rng = np.random.default_rng(seed)
        self.files = [[(trace(kind, rng), kind) for _ in range(per_file)] for kind in range(len(APPLIANCES))]
        self.buffer = buffer
        self.rng = random.Random(seed)

    def __len__(self):
        return sum(len(file) for file in self.files)

    def records(self):
        for file in self.files:
            yield from file

    def __iter__(self):
        held = []
        for record in self.records():
            held.append(record)
            if len(held) > self.buffer:
                yield self.ready(held.pop(self.rng.randrange(len(held))))
        while held:
            yield self.ready(held.pop(self.rng.randrange(len(held))))

    @staticmethod
    def ready(record):
        wave, kind = record
        return torch.from_numpy(wave)[None], kind


def meter_net():
    return nn.Sequential(
        nn.Conv1d(1, 16, 7, padding=3),
        nn.ReLU(),
        nn.MaxPool1d(2),
        nn.Conv1d(16, 32, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool1d(2),
        nn.Conv1d(32, 32, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(32, len(APPLIANCES)),
    )
