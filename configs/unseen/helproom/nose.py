"""Distil the big gas classifier of a sensor array into a tiny one: its saved scores are the only teaching."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset

GASES = ["air", "ethanol", "ammonia", "acetone", "toluene", "ozone"]
CENTRES = torch.randn(6, 10, generator=torch.Generator().manual_seed(7)) * 1.1


class NoseReadings(Dataset):
    """Sample: sensor reading [10], gas, and the scores [6] that the teacher gave it."""

    def __init__(self, rows, seed):
        g = torch.Generator().manual_seed(seed)
        self.gas = torch.randint(6, (rows,), generator=g)
        hidden = CENTRES[self.gas] + 0.8 * torch.randn(rows, 10, generator=g)
        self.reading = torch.tanh(hidden) + 0.05 * torch.randn(rows, 10, generator=g)
        distance = ((hidden[:, None] - CENTRES[None]) ** 2).sum(-1)
        self.teacher = -distance / (2 * 0.8**2) + 0.2 * torch.randn(rows, 6, generator=g)

    def __len__(self):
        return len(self.gas)

    def __getitem__(self, i):
        return self.reading[i], self.gas[i], self.teacher[i]


def build_student():
    return nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 6))


T = 2.0


def kd_step(model, batch, loss, as_log=True):
    x, gas, teacher_scores = batch
    student_scores = model(x)
    soft_targets = F.softmax(teacher_scores / T, dim=1)
    student = student_scores / T
    if as_log:
        student = F.log_softmax(student, dim=1)
    return {"loss": loss(student, soft_targets) * T**2, "outputs": student_scores, "targets": gas}
