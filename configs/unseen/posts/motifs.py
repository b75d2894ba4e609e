"""Recurrent autoencoder over short windows of a mouse's pose, after which motifs are clustered."""

import numpy as np
import torch
from torch import nn
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import Dataset

SEQ_LEN, N_MARKS = 16, 6


class PoseWindows(Dataset):
    def __init__(self, n_windows, seed):
        rng = np.random.RandomState(seed)
        loadings = np.random.RandomState(9).randn(2, N_MARKS)
        t = np.arange(SEQ_LEN)
        rows = []
        for _ in range(n_windows):
            phase, amplitude = rng.uniform(0, 2 * np.pi), rng.uniform(0.5, 1.5)
            drift = rng.uniform(-1, 1) * (t - SEQ_LEN / 2) / SEQ_LEN * 2
            gait = amplitude * np.sin(2 * np.pi * t / 8 + phase)
            rows.append(np.stack([gait, drift], 1) @ loadings + 0.05 * rng.randn(SEQ_LEN, N_MARKS))
        self.X = np.stack(rows) / 1.2

    def __len__(self):
        return len(self.X)

    def __getitem__(self, index):
        window = torch.from_numpy(self.X[index]).type(torch.FloatTensor)
        return window, window


class RNN_AE(nn.Module):
    def __init__(self, hidden=40, ZDIMS=6):
        super().__init__()
        self.encoder = nn.GRU(N_MARKS, hidden, batch_first=True)
        self.to_latent = nn.Linear(hidden, ZDIMS)
        self.decoder = nn.GRU(ZDIMS, hidden, batch_first=True)
        self.hidden_to_output = nn.Linear(hidden, N_MARKS)

    def forward(self, data):
        _, h_n = self.encoder(data)
        z = self.to_latent(h_n[-1])
        ins = z.unsqueeze(1).repeat(1, SEQ_LEN, 1)
        out, _ = self.decoder(ins)
        return self.hidden_to_output(out)


def get_scheduler(optimizer, optimizer_scheduler, off_gamma=0):
    if optimizer_scheduler:
        return StepLR(optimizer, step_size=15, gamma=0.2, last_epoch=-1)
    return StepLR(optimizer, step_size=3, gamma=off_gamma, last_epoch=-1)
