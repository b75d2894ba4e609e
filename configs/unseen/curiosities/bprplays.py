"""Songs people played: implicit feedback, Bayesian personalised ranking with songs drawn as not played."""

import torch
from torch import nn
from torch.utils.data import Dataset

USERS, SONGS, TASTES = 300, 200, 4


def history(seed):
    g = torch.Generator().manual_seed(seed)
    people = torch.randn(USERS, TASTES, generator=g)
    songs = torch.randn(SONGS, TASTES, generator=g)
    fame = 0.7 * torch.randn(SONGS, generator=g)
    wish = 1.3 * people @ songs.T + fame
    gumbel = -torch.log(-torch.log(torch.rand(USERS, SONGS, generator=g)))
    played = (wish + gumbel).topk(45, dim=1).indices
    return played[torch.arange(USERS)[:, None], torch.rand(USERS, 45, generator=g).argsort(1)]


class Plays(Dataset):
    """Pairs (person, song played); of each person five plays are kept for validation."""

    def __init__(self, split, seed=3):
        played = history(seed)
        part = played[:, 5:] if split == "train" else played[:, :5]
        self.user = torch.arange(USERS).repeat_interleave(part.shape[1])
        self.song = part.reshape(-1)
        # What a draw must avoid: all that is known to be played, in training without the held-out plays.
        self.heard = torch.zeros(USERS, SONGS, dtype=torch.bool)
        self.heard.scatter_(1, played[:, 5:] if split == "train" else played, True)

    def __len__(self):
        return len(self.user)

    def __getitem__(self, i):
        u = self.user[i]
        while True:
            other = torch.randint(SONGS, ())
            if not self.heard[u, other]:
                return u, self.song[i], other


class Factors(nn.Module):
    def __init__(self, k=8):
        super().__init__()
        self.person = nn.Embedding(USERS, k)
        self.song = nn.Embedding(SONGS, k)
        self.fame = nn.Embedding(SONGS, 1)
        nn.init.normal_(self.person.weight, std=0.1)
        nn.init.normal_(self.song.weight, std=0.1)
        nn.init.zeros_(self.fame.weight)

    def forward(self, person, song):
        return (self.person(person) * self.song(song)).sum(1) + self.fame(song).squeeze(1)


class PairsRight:
    """Share of (played, not played) pairs ranked rightly: AUC."""

    def __init__(self):
        self.reset()

    def to(self, device):
        return self

    def reset(self):
        self.right = self.seen = 0

    def update(self, outputs, targets):
        self.right += int((outputs > 0).sum())
        self.seen += len(outputs)

    def compute(self):
        return torch.tensor(self.right / max(self.seen, 1))


def bpr(model, batch, loss):
    person, played, other = batch
    ahead = model(person, played) - model(person, other)
    return {"loss": loss(ahead, torch.ones_like(ahead)), "outputs": ahead, "targets": torch.ones_like(ahead)}
