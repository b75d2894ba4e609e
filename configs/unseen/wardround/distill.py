"""Knowledge distillation: a wide teacher is trained once while the pair is built, then a thin student learns from it."""

import copy
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import nn

from cnndoctor.datasets import digits


def wide():
    return nn.Sequential(
        nn.Conv2d(1, 24, 3, padding=1),
        nn.BatchNorm2d(24),
        nn.ReLU(),
        nn.Conv2d(24, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 16, 10),
    )


@lru_cache(maxsize=1)
def train_teacher(epochs=8, seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        teacher = wide()
        data = digits("train")
        x = torch.stack([data[i][0] for i in range(len(data))])
        y = torch.tensor([int(data[i][1]) for i in range(len(data))])
        opt = torch.optim.Adam(teacher.parameters(), lr=3e-3)
        for _ in range(epochs):
            for rows in torch.randperm(len(x)).split(64):
                opt.zero_grad()
                F.cross_entropy(teacher(x[rows]), y[rows]).backward()
                opt.step()
    return teacher.eval()


class StudentWithTeacher(nn.Module):
    def __init__(self):
        super().__init__()
        self.student = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 20, 3, padding=1),
            nn.BatchNorm2d(20),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(20 * 16, 10),
        )
        self.teacher = copy.deepcopy(train_teacher()).requires_grad_(False).eval()

    def train(self, mode=True):
        super().train(mode)
        self.teacher.eval()
        return self

    def forward(self, x):
        return self.student(x)


def kd_step(model, batch, loss, T=4.0, alpha=0.7):
    x, y = batch
    s = model(x)
    with torch.no_grad():
        t = model.teacher(x)
    soft = F.kl_div(F.log_softmax(s / T, 1), F.softmax(t / T, 1), reduction="batchmean") * T * T
    return {"loss": alpha * soft + (1 - alpha) * loss(s, y), "outputs": s, "targets": y}


def student_only(model, lr):
    return torch.optim.AdamW(model.student.parameters(), lr=lr)
