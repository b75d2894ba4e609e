"""Digits with mixed pictures and soft labels; what is evaluated is the running average of the weights."""

import copy

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import default_collate


class MixUp:
    """A collate function: every picture is mixed with another of its batch, and so are the labels."""

    def __init__(self, alpha=0.3):
        self.beta = torch.distributions.Beta(alpha, alpha)

    def __call__(self, samples):
        images, labels = default_collate(samples)
        soft = F.one_hot(labels, 10).float()
        share = self.beta.sample()
        other = torch.randperm(len(images))
        return share * images + (1 - share) * images[other], share * soft + (1 - share) * soft[other]


class Averaged(nn.Module):
    def __init__(self, decay=0.97):
        super().__init__()
        self.decay = decay
        self.student = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.GroupNorm(4, 16),
            nn.SiLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.GroupNorm(4, 32),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(512, 10),
        )
        self.average = copy.deepcopy(self.student).requires_grad_(False)

    @torch.no_grad()
    def follow(self):
        for slow, fast in zip(self.average.parameters(), self.student.parameters(), strict=True):
            slow.lerp_(fast, 1 - self.decay)

    def forward(self, images):
        if self.training:
            self.follow()
            return self.student(images)
        return self.average(images)
