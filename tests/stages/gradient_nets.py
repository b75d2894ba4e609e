# ruff: noqa: D103, ARG004 - as a user writes them
"""Small networks with right and wrong backwards, as users write them; test_gradient.py examines each."""

import time

import torch
import torch.nn.functional as F
from torch import nn
from torch.autograd import Function
from torch.utils.data import TensorDataset


def vectors(classes=3, features=6, size=32):
    generator = torch.Generator().manual_seed(7)
    return TensorDataset(
        torch.randn(size, features, generator=generator),
        torch.randint(0, classes, (size,), generator=generator),
    )


def images(size=32):
    generator = torch.Generator().manual_seed(7)
    pictures = torch.rand(size, 1, 8, 8, generator=generator)
    pictures[:, :, :2] = 0  # a black border: ties in pooling, corners of ReLU
    return TensorDataset(pictures, torch.randint(0, 3, (size,), generator=generator))


def words(size=32):
    generator = torch.Generator().manual_seed(7)
    return TensorDataset(
        torch.randint(0, 9, (size, 5), generator=generator), torch.randint(0, 3, (size,), generator=generator)
    )


def table(size=32):
    generator = torch.Generator().manual_seed(7)
    return TensorDataset(
        torch.randn(size, 6, generator=generator), 1e4 * torch.randn(size, 3, generator=generator)
    )


class Net(nn.Module):
    """Linear, the thing under test, linear."""

    def __init__(self, middle, width=8):
        super().__init__()
        self.first = nn.Linear(6, width)
        self.middle = middle
        self.last = nn.Linear(width, 3)

    def forward(self, x):
        return self.last(self.middle(self.first(x)))


class Apply(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function.apply(x)


# Wrong backwards ------------------------------------------------------------------------------------------------------


class SignFlipped(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.exp()

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return -g * x.exp()


class Doubled(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.tanh()

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * g * (1 - x.tanh() ** 2)


class TenPercent(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 1.1 * g * x.cos()


class OnePercent(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 3

    @staticmethod
    def backward(ctx, g):
        return 3.03 * g


class MissingTerm(Function):
    """Swish without its second term."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * torch.sigmoid(x)


class Squared(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * x


class LeakyWithWrongSlope(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.where(x > 0, x, 0.1 * x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return torch.where(x > 0, g, 0.01 * g)


class ReluOfOutputSign(Function):
    """Masks by the gradient instead of by the input."""

    @staticmethod
    def forward(ctx, x):
        return x.clamp_min(0)

    @staticmethod
    def backward(ctx, g):
        return g.clamp_min(0)


class MeanNotDivided(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.shape = x.shape
        return x.mean(1, keepdim=True).expand_as(x).clone()

    @staticmethod
    def backward(ctx, g):
        return g.sum(1, keepdim=True).expand(ctx.shape).clone()


class NormWithConstantScale(Function):
    """Layer norm whose backward takes mean and deviation as constants."""

    @staticmethod
    def forward(ctx, x):
        deviation = x.std(1, keepdim=True)
        ctx.save_for_backward(deviation)
        return (x - x.mean(1, keepdim=True)) / deviation

    @staticmethod
    def backward(ctx, g):
        (deviation,) = ctx.saved_tensors
        return g / deviation


class WrongTranspose(Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g @ w, x.t() @ g  # g @ w.t() is right


class Mix(nn.Module):
    def __init__(self, function, width=8):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(width, width) / width**0.5)
        self.function = function

    def forward(self, x):
        return self.function.apply(x, self.weight)


class WeightGradientOfOneSample(Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g @ w.t(), x[:1].t() @ g[:1]


class StaleBuffer(Function):
    """Keeps its input on the class, where the next call overwrites it."""

    kept = None

    @staticmethod
    def forward(ctx, x):
        StaleBuffer.kept = x
        return x**3 / 3

    @staticmethod
    def backward(ctx, g):
        return g * StaleBuffer.kept**2


class Twice(nn.Module):
    def forward(self, x):
        return StaleBuffer.apply(torch.tanh(StaleBuffer.apply(x)))


class InPlace(Function):
    """Overwrites what it saved, past autograd's eyes."""

    @staticmethod
    def forward(ctx, x):
        kept = x.clone()
        ctx.save_for_backward(kept)
        kept.data.clamp_(min=0.5)
        return x**2

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x * g


class SilentWrite(nn.Module):
    """Writes into an activation through .data after torch saved it."""

    def forward(self, x):
        hidden = torch.sigmoid(x)
        out = hidden * hidden
        hidden.data.mul_(0.5)
        return out + hidden


class SetupContext(Function):
    @staticmethod
    def forward(x):
        return x.sigmoid()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y  # (1 - y) is missing


class MaxOfNeighbours(Function):
    """Max over pairs whose backward gives the gradient to both."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        a, b = x.chunk(2, 1)
        m = torch.maximum(a, b)
        return torch.cat([m, m], 1)

    @staticmethod
    def backward(ctx, g):
        a, b = g.chunk(2, 1)
        return torch.cat([a + b, a + b], 1)


class FocalLoss(Function):
    """A loss whose backward forgets the factor's derivative."""

    @staticmethod
    def forward(ctx, logits, target):
        p = logits.softmax(1)
        q = p.gather(1, target[:, None])
        ctx.save_for_backward(p, q, target)
        return (-((1 - q) ** 2) * q.log()).mean()

    @staticmethod
    def backward(ctx, g):
        p, q, target = ctx.saved_tensors
        d = p - F.one_hot(target, p.shape[1])
        return g * (1 - q) ** 2 * d / len(p), None


class OtherMask(Function):
    """Dropout whose backward draws a mask of its own."""

    @staticmethod
    def forward(ctx, x):
        return x * (torch.rand_like(x) > 0.3)

    @staticmethod
    def backward(ctx, g):
        return g * (torch.rand_like(g) > 0.3)


class WrongInTraining(nn.Module):
    def forward(self, x):
        return Doubled.apply(x) if self.training else x.tanh()


class CustomLoss(nn.Module):
    def forward(self, logits, target):
        return FocalLoss.apply(logits, target)


def in_a_step(model, batch, loss):
    x, y = batch
    return {"loss": loss(SignFlipped.apply(model(x) / 10), y), "targets": y}


def scaled_step(model, batch, loss):
    x, y = batch
    out = model(x)
    value = loss(out, y)
    accuracy = (out.detach().argmax(1) == y).float().mean().item()
    return {"loss": value, "outputs": out, "targets": y, "accuracy": accuracy}


class Deep(nn.Module):
    """A convolutional net with one wrong activation in the middle."""

    def __init__(self, function=Doubled):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.MaxPool2d(2)
        )
        self.block = nn.Sequential(
            nn.Conv2d(4, 8, 3, padding=1), nn.BatchNorm2d(8), Apply(function), nn.Dropout(0.3)
        )
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.block(self.stem(x)).mean((2, 3)))


class Vanishing(nn.Sequential):
    """So many sigmoids that nothing but rounding noise arrives at the wrong one."""

    def __init__(self):
        layers = [m for _ in range(7) for m in (nn.Linear(6, 6), nn.Sigmoid())] + [Apply(Doubled)]
        super().__init__(
            *layers, *[m for _ in range(14) for m in (nn.Linear(6, 6), nn.Sigmoid())], nn.Linear(6, 3)
        )


WRONG = {
    "sign": (lambda: Net(Apply(SignFlipped)), "middle", "SignFlipped"),
    "factor two": (lambda: Net(Apply(Doubled)), "middle", "Doubled"),
    "factor 1.1": (lambda: Net(Apply(TenPercent)), "middle", "TenPercent"),
    "factor 1.01": (lambda: Net(Apply(OnePercent)), "middle", "OnePercent"),
    "missing term": (lambda: Net(Apply(MissingTerm)), "middle", "MissingTerm"),
    "missing factor": (lambda: Net(Apply(Squared)), "middle", "Squared"),
    "other slope": (lambda: Net(Apply(LeakyWithWrongSlope)), "middle", "LeakyWithWrongSlope"),
    "wrong mask": (lambda: Net(Apply(ReluOfOutputSign)), "middle", "ReluOfOutputSign"),
    "mean not divided": (lambda: Net(Apply(MeanNotDivided)), "middle", "MeanNotDivided"),
    "statistics as constants": (lambda: Net(Apply(NormWithConstantScale)), "middle", "NormWithConstantScale"),
    "wrong transpose": (lambda: Net(Mix(WrongTranspose)), "middle", "WrongTranspose"),
    "one sample's weight gradient": (
        lambda: Net(Mix(WeightGradientOfOneSample)),
        "middle",
        "WeightGradientOfOneSample",
    ),
    "stale buffer": (lambda: Net(Twice()), "middle", "StaleBuffer"),
    "overwritten in place": (lambda: Net(Apply(InPlace)), "middle", "InPlace"),
    "written through data": (lambda: Net(SilentWrite()), "middle", ""),
    "setup_context": (lambda: Net(Apply(SetupContext)), "middle", "SetupContext"),
    "gradient to both": (lambda: Net(Apply(MaxOfNeighbours)), "middle", "MaxOfNeighbours"),
    "another random mask": (lambda: Net(Apply(OtherMask)), "middle", "OtherMask"),
    "handed over in eval mode": (lambda: Net(WrongInTraining()).eval(), "middle", "Doubled"),
    "where gradients vanish": (Vanishing, "14", "Doubled"),
    "deep in a CNN": (Deep, "block.2", "Doubled"),
}


# Right ones, however they look ----------------------------------------------------------------------------------------


class RightSwish(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return g * s * (1 + x * (1 - s))


class SignSte(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sign()

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (x.abs() <= 1)


class LearntStep(Function):
    """LSQ: quantises with a learnt step."""

    @staticmethod
    def forward(ctx, x, w):
        step = w.abs().mean()
        ctx.save_for_backward(x, w)
        return (x / step).round() * step

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g, (g * x).sum() * w.sign() / w.numel()


class GradientReversal(Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, g):
        return -0.5 * g


class Kinks(nn.Module):
    def forward(self, x):
        return F.relu(x) + x.abs() + x.clamp(-0.5, 0.5) + F.hardtanh(x) + F.leaky_relu(x)


class Halves(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(8, 8)

    def forward(self, x):
        x = self.layer(x.float()).to(torch.float32)
        return F.softmax(x, 1, dtype=torch.float32).half().float() * 8 + x.type(torch.FloatTensor)


class Rms(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(8))

    def forward(self, x):
        given = x.dtype
        x = x.to(torch.float32)
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)
        return self.weight * x.to(given)


class RoundWithDetach(nn.Module):
    def forward(self, x):
        return x + (x.round() - x).detach()


class Gumbel(nn.Module):
    def forward(self, x):
        return F.gumbel_softmax(x, hard=True)


class Noisy(nn.Module):
    """Its own generator, its own counter, its own memory."""

    def __init__(self):
        super().__init__()
        self.generator = torch.Generator().manual_seed(1)
        self.calls = 0
        self.memory = torch.zeros(8)

    def forward(self, x):
        self.calls += 1
        self.memory = 0.9 * self.memory + 0.1 * x.detach().mean(0)
        return x + 0.1 * torch.randn(x.shape, generator=self.generator) + self.memory / self.calls


class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 8)
        self.gru = nn.GRU(8, 8, batch_first=True, num_layers=2, dropout=0.2)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.gru(self.embedding(x))[0][:, -1])


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 8)
        self.layer = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dropout=0.1), 2, enable_nested_tensor=False
        )
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.layer(self.embedding(x)).mean(1))


class Conv(nn.Module):
    """Zero biases over a black border, pooling over ties, a zero head."""

    def __init__(self, inplace=True):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1),
            nn.ReLU(inplace),
            nn.MaxPool2d(2),
            nn.Conv2d(4, 8, 3, padding=1),
            nn.BatchNorm2d(8),
            nn.ReLU(inplace),
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            nn.Dropout(0.5),
        )
        self.head = nn.Linear(8, 3)
        for layer in self.body:
            if getattr(layer, "bias", None) is not None:
                nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.head.weight)

    def forward(self, x):
        return self.head(self.body(x))


class Casting(nn.Module):
    """Computes in bfloat16 whatever comes."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 3)

    def forward(self, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return self.layer(x)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 6, bias=False)
        self.second = nn.Linear(6, 6, bias=False)
        self.second.weight = self.first.weight
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        return self.head(torch.tanh(self.second(torch.tanh(self.first(x)))))


class Clock(nn.Module):
    """Depends on something that no generator holds."""

    def forward(self, x):
        return x * (1 + time.perf_counter_ns() % 1000)


class Scored(nn.Module):
    """A dictionary of outputs, and a mapping for a batch."""

    def __init__(self):
        super().__init__()
        self.net = Net(nn.Tanh())

    def forward(self, x):
        return {"scores": self.net(x), "features": x}


def mappings():
    return [{"vector": x, "label": y, "id": str(i)} for i, (x, y) in enumerate(vectors())]


def mapping_step(model, batch, loss):
    return loss(model(batch["vector"])["scores"], batch["label"])


class Stream(torch.utils.data.IterableDataset):
    def __iter__(self):
        yield from vectors()


def stream():
    return Stream()


def sequential(*layers):
    return lambda: Net(nn.Sequential(*layers))


class Padded(nn.Module):
    """The padding has a vector of its own that never gets a gradient, and counts all the same."""

    def __init__(self):
        super().__init__()
        self.table, self.rnn = nn.Embedding(9, 8, padding_idx=0), nn.GRU(8, 8, batch_first=True)
        nn.init.normal_(self.table.weight)
        self.last = nn.Linear(8, 3)

    def forward(self, x):
        return self.last(self.rnn(self.table(x))[0][:, -1])


RIGHT = {
    "padding of an embedding": (Padded, "words"),
    "kinks": (lambda: Net(Kinks()), "vectors"),
    "custom swish": (lambda: Net(Apply(RightSwish)), "vectors"),
    "straight-through sign": (lambda: Net(Apply(SignSte)), "vectors"),
    "learnt quantiser": (lambda: Net(Mix(LearntStep)), "vectors"),
    "gradient reversal": (lambda: Net(Apply(GradientReversal)), "vectors"),
    "round with detach": (lambda: Net(RoundWithDetach()), "vectors"),
    "hard gumbel": (lambda: Net(Gumbel()), "vectors"),
    "spectral norm": (lambda: Net(nn.utils.parametrizations.spectral_norm(nn.Linear(8, 8))), "vectors"),
    "old spectral norm": (lambda: Net(nn.utils.spectral_norm(nn.Linear(8, 8))), "vectors"),
    "weight norm": (lambda: Net(nn.utils.parametrizations.weight_norm(nn.Linear(8, 8))), "vectors"),
    "half-precision parts": (lambda: Net(Halves()), "vectors"),
    "RMS norm in float32": (lambda: Net(Rms()), "vectors"),
    "own generator and memory": (lambda: Net(Noisy()), "vectors"),
    "dropout": (sequential(nn.Dropout(0.5), nn.ReLU(), nn.AlphaDropout(0.2)), "vectors"),
    "norms": (sequential(nn.LayerNorm(8), nn.GELU(), nn.BatchNorm1d(8), nn.GroupNorm(2, 8)), "vectors"),
    "stacked relu": (sequential(*[m for _ in range(6) for m in (nn.Linear(8, 8), nn.ReLU())]), "vectors"),
    "convolution": (Conv, "images"),
    "gru": (Sequence, "words"),
    "attention": (Attention, "words"),
    "weight tying": (Tied, "vectors"),
    "frozen": (lambda: frozen(Net(nn.ReLU())), "vectors"),
    "autocast inside": (Casting, "vectors"),
    "lazy": (lambda: Net(nn.LazyLinear(8)), "vectors"),
    "clock": (lambda: Net(Clock()), "vectors"),
    "plain": (lambda: Net(nn.Tanh()), "vectors"),
    "half model": (lambda: Net(nn.ReLU()).bfloat16(), "vectors"),
}


def frozen(net):
    net.first.requires_grad_(False)
    return net


class CutState(nn.Module):
    """A state that is cut at every step; only after the sequence where it is told so."""

    def __init__(self, every=True):
        super().__init__()
        self.cell, self.last, self.every = nn.Linear(12, 6), nn.Linear(6, 3), every

    def forward(self, x):
        state = torch.zeros_like(x)
        for _ in range(3):
            state = state.detach() if self.every else state
            state = self.cell(torch.cat([x, state], 1)).tanh()
        self.state = state.detach()
        return self.last(state)


class Probed(nn.Module):
    """Scores read off features that another objective trains."""

    def __init__(self):
        super().__init__()
        self.features, self.probe = nn.Linear(6, 6), nn.Linear(6, 3)

    def forward(self, x):
        return self.probe(self.features(x).detach())


def probed_step(model, batch, loss, reported=False):
    inputs, labels = batch
    outputs = model(inputs)
    own = F.mse_loss(model.features(inputs), inputs)
    found = {"loss": loss(outputs, labels) + own, "outputs": outputs, "targets": labels}
    return {**found, "penalty": own} if reported else found


OTHERS = {
    "mapping": Scored,
    "cut state": CutState,
    "whole state": lambda: CutState(every=False),
    "probed": Probed,
}


def build(group, name):
    torch.manual_seed(3)
    if group == "others":
        return OTHERS[name]()
    return {"wrong": WRONG, "right": RIGHT}[group][name][0]()
