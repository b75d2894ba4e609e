"""Digits as different people's scanners give them: each person's pictures carry that scanner's shade."""

import torch
from torch.utils.data import Dataset

from cnndoctor.datasets import digits

PEOPLE = 40


class Scanned(Dataset):
    def __init__(self, split="train", by_person=False):
        data = digits("train")
        person = torch.arange(len(data.targets)) % PEOPLE
        shade = 0.3 * torch.randn(PEOPLE, 1, 8, 8, generator=torch.Generator().manual_seed(21))
        images = data.images + shade[person]
        order = (
            person if by_person else torch.randperm(len(person), generator=torch.Generator().manual_seed(22))
        )
        last = order.argsort() >= 1100 if not by_person else person >= 30
        keep = last if split == "validation" else ~last
        self.images, self.targets = images[keep], data.targets[keep]
        self.groups = [f"person-{p}" for p in person[keep].tolist()]

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, index):
        return self.images[index], int(self.targets[index])
