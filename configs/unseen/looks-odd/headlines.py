"""Which section does a headline belong to? Bags of words of any length, and an optimizer that looks at signs alone."""

import random

import torch
from torch import nn

SECTIONS = {
    "sport": "goal match coach league cup striker referee season title keeper",
    "money": "shares profit bank rates market bonds budget tax debt merger",
    "science": "study cells planet telescope gene protein fossil climate vaccine quantum",
    "arts": "novel film opera painter stage album gallery poet actor premiere",
}
FILLER = "the a of in new after says over with as two first year for from more than will back on"
COMMON = tuple(FILLER.split())
VOCABULARY = ["<pad>", *COMMON, *(word for words in SECTIONS.values() for word in words.split())]
CODE = {word: i for i, word in enumerate(VOCABULARY)}


class Headlines(torch.utils.data.Dataset):
    classes = tuple(SECTIONS)

    def __init__(self, n, seed):
        rng = random.Random(seed)
        self.items = []
        for _ in range(n):
            label = rng.randrange(4)
            telling = rng.choices(SECTIONS[self.classes[label]].split(), k=rng.randint(1, 3))
            filler = rng.choices(COMMON, k=rng.randint(2, 8))
            if rng.random() < 0.15:  # a word of another section strays in
                filler += rng.choices(VOCABULARY[21:], k=1)
            words = telling + filler
            rng.shuffle(words)
            self.items.append(([CODE[w] for w in words], label))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def pad(items):
    longest = max(len(words) for words, _ in items)
    rows = [words + [0] * (longest - len(words)) for words, _ in items]
    return torch.tensor(rows), torch.tensor([label for _, label in items])


class AttentionBag(nn.Module):
    """One learned query looks at the words; its temperature is learned too."""

    def __init__(self, dim=24):
        super().__init__()
        self.words = nn.Embedding(len(VOCABULARY), dim, padding_idx=0)
        self.query = nn.Parameter(torch.randn(dim) * 0.2)
        self.log_temperature = nn.Parameter(torch.zeros(()))
        self.out = nn.Linear(dim, 4)

    def forward(self, codes):
        vectors = self.words(codes)
        scores = vectors @ self.query * self.log_temperature.exp()
        weights = scores.masked_fill(codes == 0, float("-inf")).softmax(1)
        return self.out((weights.unsqueeze(2) * vectors).sum(1))


class Lion(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            first, second = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                average = self.state[p].setdefault("average", torch.zeros_like(p))
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.sub_((first * average + (1 - first) * p.grad).sign(), alpha=group["lr"])
                average.mul_(second).add_(p.grad, alpha=1 - second)
        return loss
