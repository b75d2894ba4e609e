"""The next character of sentences from a small grammar: a causal transformer and a recurrent network."""

import math
import random

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset

ADJECTIVES = ("small", "quiet", "green", "brave", "hungry", "old", "yellow", "clever")
NOUNS = ("dog", "farmer", "river", "teacher", "horse", "child", "garden", "sailor", "baker")
PLURALS = ("dogs", "farmers", "teachers", "horses", "sailors", "bakers")
VERBS = ("see", "follow", "help", "paint", "forget", "visit", "remember")
PLACES = ("in the morning", "near the bridge", "behind the house", "on sunday")


def sentence(rng):
    """Return one sentence; verbs agree with their subject, and what is opened by a bracket is closed."""
    plural = rng.random() < 0.4
    subject = rng.choice(PLURALS) if plural else rng.choice(NOUNS)
    verb = rng.choice(VERBS) + ("" if plural else "s")
    words = ["the", *rng.sample(ADJECTIVES, rng.choice((0, 1, 1, 2))), subject, verb]
    words += [
        rng.choice(("a", "the", "every")),
        *rng.sample(ADJECTIVES, rng.choice((0, 1))),
        rng.choice(NOUNS),
    ]
    text = " ".join(words)
    if rng.random() < 0.4:
        place = rng.choice(PLACES)
        text += f" ({place})" if rng.random() < 0.5 else f" {place}"
    return text + ". "


def corpus(sentences, seed):
    rng = random.Random(seed)
    return "".join(sentence(rng) for _ in range(sentences))


CHARS = sorted(set(corpus(300, seed=0)))
VOCAB = len(CHARS)
IDS = {char: index for index, char in enumerate(CHARS, start=1)}  # 0 is padding


def encode(text):
    return [IDS[char] for char in text]


class Text(Dataset):
    """Windows of ``block`` characters and, as targets, the same windows one character later."""

    def __init__(self, sentences, seed, block=48, lazy=False):
        self.block = block
        self.text = corpus(sentences, seed)
        self.ids = None if lazy else encode(self.text)

    def __len__(self):
        return (len(self.text) - 1) // self.block

    def __getitem__(self, index):
        ids = encode(self.text) if self.ids is None else self.ids
        start = index * self.block
        window = torch.tensor(ids[start : start + self.block + 1])
        return window[:-1], window[1:]


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        n, length, width = x.shape
        q, k, v = self.qkv(x).view(n, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.proj(y.transpose(1, 2).reshape(n, length, width))


class SquareFunction(torch.autograd.Function):
    """Squared ReLU that keeps nothing but its input."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.relu().square()

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * grad * x.relu()


class LeanSquareFunction(SquareFunction):
    """Squared ReLU that keeps its output, which the next layer holds anyway."""

    @staticmethod
    def forward(ctx, x):
        y = x.relu().square()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad):
        (y,) = ctx.saved_tensors
        return 2 * grad / y.sqrt().clamp(min=1e-3)


class SquaredReLU(nn.Module):
    def __init__(self, lean=False):
        super().__init__()
        self.function = LeanSquareFunction if lean else SquareFunction

    def forward(self, x):
        return self.function.apply(x)


class Block(nn.Module):
    def __init__(self, width, heads, lean=False):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.mlp = nn.Sequential(nn.Linear(width, 3 * width), SquaredReLU(lean), nn.Linear(3 * width, width))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class CharTransformer(nn.Module):
    """A causal transformer with learned positions: ids [N, T] -> scores [N, T, classes]."""

    def __init__(
        self, width=48, layers=2, heads=4, block=48, classes=VOCAB + 1, init_std=0.02, tie=False, lean=False
    ):
        super().__init__()
        self.token = nn.Embedding(VOCAB + 1, width, padding_idx=0)
        self.position = nn.Embedding(block, width)
        self.blocks = nn.Sequential(*[Block(width, heads, lean) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes, bias=False)
        if tie:
            self.head.weight = self.token.weight
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=init_std)

    def forward(self, ids):
        x = self.token(ids) + self.position(torch.arange(ids.shape[1], device=ids.device))
        return self.head(self.norm(self.blocks(x)))

    @torch.no_grad()
    def generate(self, ids, count):
        for _ in range(count):
            odds = self(ids[:, -self.position.num_embeddings :])[:, -1].softmax(-1)
            ids = torch.cat([ids, torch.multinomial(odds, 1)], 1)
        return ids


class Sampler(CharTransformer):
    """A transformer whose output can be drawn from as it is."""

    def forward(self, ids):
        return F.softmax(super().forward(ids), dim=-1)


class ListTransformer(nn.Module):
    """Transformer with one list of layers, so that single layers can be swapped between two calls."""

    def __init__(self, width=48, layers=2, heads=4, block=48):
        super().__init__()
        self.token = nn.Embedding(VOCAB + 1, width, padding_idx=0)
        self.position = nn.Embedding(block, width)
        self.layers = [Block(width, heads) for _ in range(layers)]
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, VOCAB + 1, bias=False)

    def forward(self, ids):
        x = self.token(ids) + self.position(torch.arange(ids.shape[1], device=ids.device))
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x))


def repackage(hidden):
    """Cut a state off from the steps before it, as for truncated backpropagation through time."""
    if isinstance(hidden, torch.Tensor):
        return hidden.detach()
    return tuple(repackage(part) for part in hidden)


class CharGRU(nn.Module):
    """Embedding, GRU, scores: ids [N, T] -> [N, T, VOCAB + 1]."""

    def __init__(self, width=32, hidden=96, stateful=False):
        super().__init__()
        self.token = nn.Embedding(VOCAB + 1, width, padding_idx=0)
        self.gru = nn.GRU(width, hidden, batch_first=True)
        self.head = nn.Linear(hidden, VOCAB + 1)
        self.stateful = stateful

    def forward(self, ids):
        result = self.gru(self.token(ids))
        states, _ = repackage(result) if self.stateful else result
        return self.head(states)


class RNNCell(nn.Module):
    def __init__(self, width, hidden, squash):
        super().__init__()
        self.inner, self.outer = nn.Linear(width, hidden), nn.Linear(hidden, hidden, bias=False)
        self.squash = squash

    def forward(self, x):
        state, states = x.new_zeros(len(x), self.outer.in_features), []
        for step in self.inner(x).unbind(1):
            state = self.squash(step + self.outer(state))
            states.append(state)
        return torch.stack(states, 1)


class CharRNN(nn.Module):
    """Textbook cells, one above the other."""

    def __init__(self, width=32, hidden=64, layers=4, squash=torch.tanh):
        super().__init__()
        self.token = nn.Embedding(VOCAB + 1, width, padding_idx=0)
        self.cells = nn.Sequential(*[RNNCell(hidden if i else width, hidden, squash) for i in range(layers)])
        self.head = nn.Linear(hidden, VOCAB + 1)

    def forward(self, ids):
        return self.head(self.cells(self.token(ids)))


def language_step(model, batch, loss):
    """Cross-entropy over all tokens."""
    ids, following = batch
    logits = model(ids).flatten(0, 1)
    targets = following.flatten()
    return {"loss": loss(logits, targets), "outputs": logits, "targets": targets}


def shifting_step(model, batch, loss):
    """Cross-entropy over all tokens but the last, which has no successor in the window."""
    ids, following = batch
    logits = model(ids)
    value = loss(logits[:, :-1].flatten(0, 1), following[:, 1:].flatten())
    return {"loss": value, "outputs": logits.flatten(0, 1), "targets": following.flatten()}


def polynomial(optimizer, total, power=1.0):
    """Let the rate go down to zero over ``total`` calls."""
    factor = lambda made: max(0.0, 1 - made / total) ** power  # noqa: E731  # as it stands in the recipe
    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


def warmup_cosine(optimizer, warmup, total):
    def factor(made):
        if made < warmup:
            return (made + 1) / warmup
        return 0.5 * (1 + math.cos(math.pi * min(1.0, (made - warmup) / (total - warmup))))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
