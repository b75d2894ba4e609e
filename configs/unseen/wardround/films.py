import torch
import torch.nn as nn


class Ratings(torch.utils.data.Dataset):
    """(user, film) -> stars. What one person gives one film on another day differs by about one star."""

    def __init__(self, part, users=150, films=80, rank=3, noise=0.7, seed=13):
        gen = torch.Generator().manual_seed(seed)
        taste = torch.randn(users, rank, generator=gen) * 0.5
        genre = torch.randn(films, rank, generator=gen)
        mood = torch.randn(users, 1, generator=gen) * 0.3
        fame = torch.randn(1, films, generator=gen) * 0.4
        stars = 3.4 + mood + fame + taste @ genre.T + noise * torch.randn(users, films, generator=gen)
        pairs = torch.cartesian_prod(torch.arange(users), torch.arange(films))
        pairs = pairs[torch.randperm(len(pairs), generator=gen)]
        self.pairs = pairs[:9000] if part == "train" else pairs[9000:11000]
        self.stars = (2 * stars[self.pairs[:, 0], self.pairs[:, 1]]).round().clamp(2, 10) / 2

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, i):
        return self.pairs[i], self.stars[i]


class BiasedMF(nn.Module):
    def __init__(self, users=150, films=80, k=4, mean=3.4):
        super().__init__()
        self.P = nn.Embedding(users, k)
        self.Q = nn.Embedding(films, k)
        self.bu = nn.Embedding(users, 1)
        self.bi = nn.Embedding(films, 1)
        self.mean = mean
        nn.init.normal_(self.P.weight, std=0.1)
        nn.init.normal_(self.Q.weight, std=0.1)
        nn.init.zeros_(self.bu.weight)
        nn.init.zeros_(self.bi.weight)

    def forward(self, pairs):
        u, i = pairs[:, 0], pairs[:, 1]
        return self.mean + self.bu(u).squeeze(1) + self.bi(i).squeeze(1) + (self.P(u) * self.Q(i)).sum(1)


def regularised(model, batch, loss, l2=0.02):
    pairs, stars = batch
    guess = model(pairs)
    data = loss(guess, stars)
    u, i = pairs.unbind(1)
    size = sum(
        t(x).pow(2).sum(1).mean() for t, x in ((model.P, u), (model.Q, i), (model.bu, u), (model.bi, i))
    )
    return {"loss": data + l2 * size, "outputs": guess, "targets": stars, "penalty": l2 * size}
