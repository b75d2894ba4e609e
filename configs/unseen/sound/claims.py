"""Cost of insurance claims, whose tail is heavy: the net says the log of the cost."""

import torch
from torch import nn
from torch.utils.data import Dataset

MAKES, REGIONS = 12, 8


class Claims(Dataset):
    def __init__(self, n, seed):
        world = torch.Generator().manual_seed(0)
        make_effect = 0.5 * torch.randn(MAKES, generator=world)
        region_effect = 0.3 * torch.randn(REGIONS, generator=world)
        g = torch.Generator().manual_seed(seed)
        self.make = torch.randint(MAKES, (n,), generator=g)
        self.region = torch.randint(REGIONS, (n,), generator=g)
        self.age = 18 + 60 * torch.rand(n, generator=g)
        self.power = 40 + 160 * torch.rand(n, generator=g)
        young = torch.relu(30 - self.age) / 12
        mean = 6.5 + make_effect[self.make] + region_effect[self.region] + 0.9 * young + 0.004 * self.power
        spread = torch.randn(6, n, generator=g)
        heavy = spread[0] / (spread[1:] ** 2).mean(0).sqrt()  # Student's t, five degrees of freedom
        self.cost = torch.exp(mean + 0.7 * heavy)

    def __len__(self):
        return len(self.cost)

    def __getitem__(self, i):
        numbers = torch.stack([(self.age[i] - 48) / 17, (self.power[i] - 120) / 46])
        return {
            "numbers": numbers,
            "make": self.make[i],
            "region": self.region[i],
            "logcost": torch.log(self.cost[i]),
        }


class ClaimNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.make = nn.Embedding(MAKES, 4)
        self.region = nn.Embedding(REGIONS, 3)
        self.mlp = nn.Sequential(nn.Linear(9, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1))
        self.mlp[-1].bias.data.fill_(7.3)  # mean of log cost

    def forward(self, numbers, make, region):
        return self.mlp(torch.cat([numbers, self.make(make), self.region(region)], 1)).squeeze(1)


def step(model, batch, loss):
    pred = model(batch["numbers"], batch["make"], batch["region"])
    return {"loss": loss(pred, batch["logcost"]), "outputs": pred, "targets": batch["logcost"]}
