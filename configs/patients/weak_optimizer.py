import torch
from torch import nn
from torch.utils.data import Dataset

GUESTS, DISHES, TASTES = 150, 80, 3


class Ratings(Dataset):
    """How a guest liked a dish: tastes of both decide, and a little the stars for price, room and service."""

    def __init__(self, count, seed):
        tastes = torch.Generator().manual_seed(0)
        guests = torch.randn(GUESTS, TASTES, generator=tastes)
        dishes = torch.randn(DISHES, TASTES, generator=tastes)
        generator = torch.Generator().manual_seed(seed)
        self.guest = torch.randint(0, GUESTS, (count,), generator=generator)
        self.dish = torch.randint(0, DISHES, (count,), generator=generator)
        self.stars = 4 + torch.randn(count, 3, generator=generator)
        liking = (guests[self.guest] * dishes[self.dish]).sum(1) + 0.4 * (self.stars[:, 0] - 4)
        self.liking = liking.unsqueeze(1)

    def __len__(self):
        return len(self.liking)

    def __getitem__(self, index):
        visit = {"guest": self.guest[index], "dish": self.dish[index], "stars": self.stars[index]}
        return visit, self.liking[index]


class Factors(nn.Module):
    """The product of a guest's and a dish's factors, which start near zero, and a dense part beside it."""

    def __init__(self, width=8, hidden=32):
        super().__init__()
        self.guests, self.dishes = nn.Embedding(GUESTS, width), nn.Embedding(DISHES, width)
        for table in (self.guests, self.dishes):
            nn.init.normal_(table.weight, std=0.01)
        self.dense = nn.Sequential(nn.Linear(3, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, x):
        both = self.guests(x["guest"]) * self.dishes(x["dish"])
        return both.sum(1, keepdim=True) + self.dense(x["stars"])
