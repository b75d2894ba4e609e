"""Which region an olive oil comes from, told by its fatty acids (a table in hundredths of a per cent)."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset

# palmitic, palmitoleic, stearic, oleic, linoleic, linolenic, arachidic, eicosenoic
MEANS = np.array(
    [
        [1330.0, 175.0, 235.0, 7150.0, 1020.0, 45.0, 63.0, 32.0],
        [1230.0, 130.0, 270.0, 7420.0, 820.0, 41.0, 61.0, 27.0],
        [1110.0, 97.0, 226.0, 7290.0, 1180.0, 27.0, 73.0, 3.0],
        [1050.0, 83.0, 229.0, 7840.0, 740.0, 22.0, 38.0, 2.0],
        [1120.0, 70.0, 255.0, 7690.0, 790.0, 12.0, 10.0, 2.0],
    ]
)
SPREAD = np.array([90.0, 25.0, 22.0, 150.0, 80.0, 8.0, 11.0, 5.0])


def table(rows, seed):
    rs = np.random.RandomState(seed)
    region = rs.randint(0, 5, rows)
    acids = MEANS[region] + rs.randn(rows, 8) * SPREAD
    return acids.clip(0).round(), region


def load(part, scale=False):
    X_train, y_train = table(900, 11)
    X, y = (X_train, y_train) if part == "train" else table(300, 12)
    if scale:
        X = (X - X_train.mean(axis=0)) / X_train.std(axis=0)
    return TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(y))


def build_model():
    model = nn.Sequential()
    model.add_module("dense_1", nn.Linear(8, 24))
    model.add_module("act_1", nn.ReLU())
    model.add_module("dense_2", nn.Linear(24, 12))
    model.add_module("act_2", nn.ReLU())
    model.add_module("dense_3", nn.Linear(12, 5))
    return model
