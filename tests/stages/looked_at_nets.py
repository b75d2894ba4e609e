# ruff: noqa: D103, F841, N806, PLW0108, RUF059 - as a user writes them
"""Small networks, healthy ones of many kinds and sick ones with one fault each; test_first_batch.py looks at each."""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset, IterableDataset, TensorDataset

SIZE = 24


def _generator():
    return torch.Generator().manual_seed(7)


def images(size=SIZE, classes=3, channels=3):
    g = _generator()
    return TensorDataset(torch.randn(size, channels, 16, 16, generator=g), torch.arange(size) % classes)


def masks(size=SIZE):
    g = _generator()
    pictures = torch.randn(size, 3, 16, 16, generator=g)
    return TensorDataset(pictures, (pictures[:, 0] > 0).long())


def vectors(size=SIZE, classes=3, features=6):
    g = _generator()
    return TensorDataset(torch.randn(size, features, generator=g), torch.arange(size) % classes)


def views(size=SIZE):
    g = _generator()
    x = torch.randn(size, 6, generator=g)
    return TensorDataset(x, x + 0.1 * torch.randn(size, 6, generator=g))


def many_labels(size=SIZE):
    g = _generator()
    return TensorDataset(torch.randn(size, 6, generator=g), (torch.rand(size, 3, generator=g) > 0.5).float())


def quantities(size=SIZE):
    g = _generator()
    x = torch.randn(size, 6, generator=g)
    return TensorDataset(x, x.sum(1))


def columns(size=SIZE):
    x, y = quantities(size).tensors
    return TensorDataset(x, y[:, None])


def binary(size=SIZE):
    x, y = quantities(size).tensors
    return TensorDataset(x, (y > 0).float()[:, None])


def sequences(size=SIZE):
    g = _generator()
    return TensorDataset(torch.randn(size, 10, 5, generator=g), torch.arange(size) % 3)


def words(size=SIZE):
    g = _generator()
    tokens = torch.randint(0, 20, (size, 12), generator=g)
    return TensorDataset(tokens, torch.arange(size) % 3)


def next_words(size=SIZE):
    g = _generator()
    tokens = torch.randint(0, 20, (size, 13), generator=g)
    return TensorDataset(tokens[:, :-1], tokens[:, 1:])


class Named(Dataset):
    def __len__(self):
        return SIZE

    def __getitem__(self, index):
        x, y = vectors()[index]
        return {"x": x, "y": y}


class Stream(IterableDataset):
    def __iter__(self):
        yield from vectors()


# -- healthy ---------------------------------------------------------------------------------------------------------


class Residual(nn.Module):
    def __init__(self, norm=nn.BatchNorm2d, zero=False):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.bn0 = norm(8)
        self.conv1 = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.bn1 = norm(8)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.bn2 = norm(8)
        self.relu = nn.ReLU(inplace=True)
        self.fc = nn.Linear(8, 3)
        if zero:
            nn.init.zeros_(self.bn2.weight)
            nn.init.zeros_(self.fc.weight)
            nn.init.zeros_(self.fc.bias)

    def forward(self, x):
        x = self.relu(self.bn0(self.stem(x)))
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += x
        return self.fc(F.adaptive_avg_pool2d(self.relu(y), 1).flatten(1))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(True))
        self.deep = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(True))
        self.up = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.join = nn.Sequential(nn.Conv2d(16, 8, 3, padding=1), nn.ReLU(True))
        self.head = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        a = self.down(x)
        return self.head(self.join(torch.cat([a, self.up(self.deep(a))], 1)))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 8, batch_first=True, bidirectional=True, num_layers=2, dropout=0.1)
        self.fc = nn.Linear(16, 3)

    def forward(self, x):
        out, (h, c) = self.lstm(x)
        return self.fc(torch.cat([h[-2], h[-1]], 1))


class Unrolled(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(5, 8)
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        h = x.new_zeros(len(x), 8)
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], h)
        return self.fc(h)


class ViT(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 16, 4, stride=4)
        self.cls = nn.Parameter(torch.zeros(1, 1, 16))
        self.pos = nn.Parameter(torch.randn(1, 17, 16) * 0.02)
        self.norm1, self.norm2 = nn.LayerNorm(16), nn.LayerNorm(16)
        self.qkv, self.proj = nn.Linear(16, 48), nn.Linear(16, 16)
        self.mlp = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Dropout(0.1), nn.Linear(32, 16))
        self.head = nn.Linear(16, 3)

    def attend(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv(x).reshape(B, T, 3, 2, C // 2).permute(2, 0, 3, 1, 4).unbind(0)
        a = F.softmax(q @ k.transpose(-2, -1) / math.sqrt(C // 2), dim=-1)
        return self.proj((a @ v).transpose(1, 2).reshape(B, T, C))

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(len(x), -1, -1), x], 1) + self.pos
        x = x + self.attend(self.norm1(x))
        x = x + self.mlp(self.norm2(x))
        return self.head(x[:, 0])


class TorchTransformer(nn.Module):
    def __init__(self, batch_first=True):
        super().__init__()
        self.embed = nn.Embedding(20, 16)
        layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=batch_first, dropout=0.1)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.fc = nn.Linear(16, 3)

    def forward(self, x):
        return self.fc(self.encoder(self.embed(x)).mean(1))


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(6, 16), nn.ReLU())
        self.mu, self.logvar = nn.Linear(16, 2), nn.Linear(16, 2)
        self.decode = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 6))

    def forward(self, x):
        h = self.encode(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = mu + torch.randn_like(mu) * (0.5 * logvar).exp()
        return self.decode(z), mu, logvar


def vae_step(model, batch, loss):
    x = batch[0]
    out, mu, logvar = model(x)
    penalty = -0.5 * (1 + logvar - mu**2 - logvar.exp()).mean()
    return {
        "loss": F.mse_loss(out, x) + 0.1 * penalty,
        "outputs": out,
        "targets": x,
        "penalty": 0.1 * penalty,
    }


def labelled_vae_step(model, batch, loss):
    x, y = batch
    out = model(x)
    return {"loss": F.mse_loss(out, torch.zeros_like(out)), "outputs": out, "targets": y}


def adversarial_step(model, batch, loss):
    real = model(batch[0])
    fake = model(torch.randn_like(batch[0]))
    total = loss(real, torch.ones_like(real)) + loss(fake, torch.zeros_like(fake))
    return {"loss": total, "outputs": real, "targets": batch[1]}


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(6, 16), nn.ReLU())
        self.a, self.b = nn.Linear(16, 3), nn.Linear(16, 1)

    def forward(self, x):
        h = self.body(x)
        return {"a": self.a(h), "b": self.b(h)}


def heads_step(model, batch, loss):
    x, y = batch
    out = model(x)
    return loss(out["a"], y) + F.mse_loss(out["b"].squeeze(1), y.float())


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 8)
        self.rnn = nn.GRU(8, 8, batch_first=True)
        self.out = nn.Linear(8, 20, bias=False)
        self.out.weight = self.embed.weight

    def forward(self, x):
        return self.out(self.rnn(self.embed(x))[0]).transpose(1, 2)


class Frozen(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
        )
        for p in self.backbone.parameters():
            p.requires_grad = False
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.backbone(x))


class Separable(nn.Module):
    def __init__(self):
        super().__init__()
        self.deep = nn.Conv2d(3, 6, 3, groups=3, padding=1)
        self.point = nn.Conv2d(6, 8, 1)
        self.wide, self.tall = (
            nn.Conv2d(8, 8, (1, 3), padding=(0, 1)),
            nn.Conv2d(8, 8, (3, 1), padding=(1, 0)),
        )
        self.low = nn.Sequential(nn.Linear(8, 2), nn.Linear(2, 3))

    def forward(self, x):
        x = F.relu(self.tall(self.wide(F.relu(self.point(self.deep(x))))))
        return self.low(x.mean((2, 3)))


class Lazy(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.LazyLinear(8), nn.ReLU(), nn.LazyLinear(3))

    def forward(self, x):
        return self.net(x)


class PerTimeStep(nn.Module):
    """Merges batch and time, works per frame, splits them again."""

    def __init__(self):
        super().__init__()
        self.frame = nn.Sequential(nn.Linear(5, 8), nn.ReLU())
        self.fc = nn.Linear(80, 3)

    def forward(self, x):
        n, t, c = x.shape
        y = self.frame(x.reshape(n * t, c)).view(n, t, 8)
        return self.fc(y.view(n, -1))


class Squeezing(nn.Module):
    """Squeeze-and-excitation, channel shuffle and GLU: sigmoids and reshapes that are meant."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.se = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 4, 1), nn.ReLU(), nn.Conv2d(4, 8, 1), nn.Sigmoid()
        )
        self.gate = nn.Conv2d(8, 16, 1)
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        x = F.relu(self.conv(x))
        x = x * self.se(x)
        n, c, h, w = x.shape
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        return self.fc(F.glu(self.gate(x), dim=1).mean((2, 3)))


class InputChanger(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(6, 8), nn.ReLU(True), nn.Linear(8, 3))

    def forward(self, x):
        x -= x.mean(1, keepdim=True)
        return self.fc(x)


class Teacher(nn.Module):
    """Learns from its own detached features (stop gradient on purpose), with every parameter reached another way."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(6, 8), nn.ReLU())
        self.head, self.other = nn.Linear(8, 3), nn.Linear(8, 3)

    def forward(self, x):
        h = self.body(x)
        return self.head(h) + self.other(h.detach())


class Aux(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(6, 8), nn.ReLU())
        self.main, self.aux = nn.Linear(8, 3), nn.Linear(8, 3)

    def forward(self, x):
        h = self.body(x)
        return (self.main(h), self.aux(h)) if self.training else self.main(h)


def two_views_step(model, batch, loss):
    one, other = (F.normalize(model(view), dim=1) for view in batch)
    return F.cross_entropy(one @ other.T / 0.2, torch.arange(len(one)))


def aux_step(model, batch, loss):
    out = model(batch[0])
    return (
        loss(out[0], batch[1]) + 0.3 * loss(out[1], batch[1])
        if isinstance(out, tuple)
        else loss(out, batch[1])
    )


def mlp(*last, width=3):
    return nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, width), *last)


HEALTHY = {
    "resnet": (Residual, "images"),
    "resnet-zero-init": (lambda: Residual(zero=True), "images"),
    "group-norm": (lambda: Residual(norm=lambda c: nn.GroupNorm(2, c)), "images"),
    "instance-norm": (lambda: Residual(norm=lambda c: nn.InstanceNorm2d(c, affine=True)), "images"),
    "unet": (UNet, "masks"),
    "lstm": (Recurrent, "sequences"),
    "gru-cell": (Unrolled, "sequences"),
    "vit": (ViT, "images"),
    "transformer": (TorchTransformer, "words"),
    "vae": (VAE, "vectors", "vae_step"),
    "dict-outputs": (TwoHeads, "vectors", "heads_step"),
    "tied": (Tied, "next_words"),
    "frozen-backbone": (Frozen, "images"),
    "separable": (Separable, "images"),
    "lazy": (Lazy, "vectors"),
    "per-time-step": (PerTimeStep, "sequences"),
    "squeeze": (Squeezing, "images"),
    "changes-its-input": (InputChanger, "vectors"),
    "stop-gradient": (Teacher, "vectors"),
    "auxiliary-head": (Aux, "vectors", "aux_step"),
    "two-views": (mlp, "views", "two_views_step"),
    "iterable": (mlp, "Stream"),
    "mapping": (mlp, "Named"),
    "plain": (mlp, "vectors"),
    "dropout": (
        lambda: nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 3)),
        "vectors",
    ),
    "batchnorm-1d": (
        lambda: nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3)),
        "vectors",
    ),
}


# -- sick ------------------------------------------------------------------------------------------------------------


class Detached(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(6, 16), nn.Linear(16, 16), nn.Linear(16, 3)

    def forward(self, x):
        x = torch.relu(self.first(x))
        x = x.detach()
        x = torch.relu(self.second(x))
        return self.last(x)


class Numpy(Detached):
    def forward(self, x):
        x = torch.relu(self.second(torch.relu(self.first(x))))
        x = torch.from_numpy(x.detach().numpy())
        return self.last(x)


class NoGrad(Detached):
    def forward(self, x):
        with torch.no_grad():
            x = torch.relu(self.second(torch.relu(self.first(x))))
        return self.last(x)


class DataCut(Detached):
    def forward(self, x):
        return self.last(torch.relu(self.second(torch.relu(self.first(x)).data)))


class AllCut(Detached):
    def forward(self, x):
        return torch.tensor(self.last(torch.relu(self.second(torch.relu(self.first(x))))).tolist())


class InPlace(Detached):
    def forward(self, x):
        hidden = torch.sigmoid(self.first(x))
        hidden *= 2
        return self.last(torch.relu(self.second(hidden)))


class Overwritten(Detached):
    def forward(self, x):
        y = torch.relu(self.first(x))
        z = torch.relu(self.second(y))
        return self.last(y)


class Unused(Detached):
    def forward(self, x):
        return self.last(torch.relu(self.first(x)))


class WrongView(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 8, 3, padding=1), nn.Linear(8, 3)

    def forward(self, x):
        x = F.relu(self.conv(x))
        x = x.view(x.shape[0], -1, 8)  # [N, C, H, W] → [N, H·W, C] needs a permute
        return self.fc(x.mean(1))


class WrongViewOfEqualSizes(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, padding=1, stride=4)
        self.rnn, self.fc = nn.GRU(16, 8, batch_first=True), nn.Linear(8, 3)

    def forward(self, x):
        x = F.relu(self.conv(x))
        n, c, h, w = x.shape
        return self.fc(self.rnn(x.view(n, h * w, c))[0][:, -1])  # c == h·w: only the shapes look right


class Forgotten(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(6, 16), nn.Linear(16, 16), nn.Linear(16, 3)

    def forward(self, x):
        x = self.a(x)
        F.relu(x)
        x = self.b(x)
        torch.relu(x)
        return self.c(x)


class WrongHeads(ViT):
    def attend(self, x):
        B, T, C = x.shape
        q, k, v = (part.reshape(B, 2, T, C // 2) for part in self.qkv(x).chunk(3, -1))
        a = F.softmax(q @ k.transpose(-2, -1), dim=-1)
        return self.proj((a @ v).transpose(1, 2).reshape(B, T, C))


class BatchView(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.fc = nn.LSTM(5, 8, num_layers=2, batch_first=True), nn.Linear(16, 3)

    def forward(self, x):
        _, (h, _) = self.rnn(x)
        return self.fc(h.view(x.shape[0], -1))  # [layers, N, H] needs a transpose


class BatchSoftmax(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = mlp()

    def forward(self, x):
        return F.softmax(self.net(x), dim=0)


class Centred(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(6, 16), nn.Linear(16, 3)

    def forward(self, x):
        x = torch.relu(self.first(x))
        return self.last(x - x.mean(0))


class TimeFirst(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.fc = nn.LSTM(5, 8), nn.Linear(8, 3)  # batch_first forgotten

    def forward(self, x):
        return self.fc(self.rnn(x)[0][:, -1])


class EvalDropout(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(6, 32), nn.Linear(32, 3)

    def forward(self, x):
        return self.last(F.dropout(torch.relu(self.first(x)), 0.5))


class OtherInEval(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.extra, self.last = nn.Linear(6, 16), nn.Linear(16, 16), nn.Linear(16, 3)

    def forward(self, x):
        x = torch.relu(self.first(x))
        if self.training:
            x = torch.relu(self.extra(x))
        return self.last(x)


class NoisyTraining(OtherInEval):
    """Adds noise while it trains; scales its input there, too, where asked to."""

    def __init__(self, *, scaled=False):
        super().__init__()
        self.scaled = scaled

    def forward(self, x):
        if self.training:
            x = x + 0.1 * torch.randn_like(x)
            x = 3 * x if self.scaled else x
        return self.last(torch.relu(self.first(x)))


class ByTheLargest(OtherInEval):
    """Divides the whole batch by its largest value, which mostly belongs to a sample that is not looked at."""

    def forward(self, x):
        return self.last(torch.relu(self.first(x / x.abs().amax())))


def pooled_convolutions(between):
    """Convolutions with pools and norms between them, and whatever else is asked for."""
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), between(), nn.MaxPool2d(2),
        nn.Conv2d(8, 8, 3, padding=1), between(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 3),
    )  # fmt: skip


class Ignores(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.bias = nn.Linear(6, 3), nn.Parameter(torch.randn(3))

    def forward(self, x):
        return self.fc(torch.zeros_like(x)) + self.bias


class WrongNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.bn, self.last = nn.Linear(5, 8), nn.BatchNorm1d(10), nn.Linear(8, 3)

    def forward(self, x):
        return self.last(torch.relu(self.bn(self.fc(x))).mean(1))


def deep_linear():
    return nn.Sequential(nn.Linear(6, 16), nn.Linear(16, 16), nn.Dropout(0.1), nn.Linear(16, 3))


class NoActivationConv(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.fc = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3), nn.Linear(8 * 144, 3)

    def forward(self, x):
        return self.fc(torch.flatten(self.b(self.a(x)), 1))


def frozen_statistics():
    return nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16, momentum=0.0), nn.ReLU(), nn.Linear(16, 3))


class KeptInEval(nn.BatchNorm1d):
    def train(self, mode=True):
        return super().train(False)


def copied_weights(statistics=False):
    norm = KeptInEval(16)
    with torch.no_grad():
        norm.weight.copy_(torch.linspace(0.5, 1.5, 16))
        norm.bias.copy_(torch.linspace(-0.2, 0.2, 16))
        if statistics:
            norm.running_mean = torch.full((16,), 0.3)
    return nn.Sequential(nn.Linear(6, 16), norm, nn.ReLU(), nn.Linear(16, 3))


def dead():
    net = mlp()
    nn.init.constant_(net[0].bias, -100.0)
    return net


def saturated():
    net = nn.Sequential(nn.Linear(6, 16), nn.Sigmoid(), nn.Linear(16, 3))
    nn.init.normal_(net[0].weight, std=100.0)
    return net


class FunctionalDead(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(6, 16), nn.Linear(16, 3)
        nn.init.constant_(self.first.bias, -100.0)

    def forward(self, x):
        return self.last(F.relu(self.first(x)))


def no_batch_statistics():
    norm = nn.BatchNorm1d(16, track_running_stats=False)
    return nn.Sequential(nn.Linear(6, 16), norm, nn.ReLU(), nn.Linear(16, 3))


SICK = {
    "detached": (Detached, "vectors"),
    "numpy": (Numpy, "vectors"),
    "no-grad": (NoGrad, "vectors"),
    "data-cut": (DataCut, "vectors"),
    "all-cut": (AllCut, "vectors"),
    "in-place": (InPlace, "vectors"),
    "overwritten": (Overwritten, "vectors"),
    "unused": (Unused, "vectors"),
    "wrong-view": (WrongView, "images"),
    "wrong-view-equal": (WrongViewOfEqualSizes, "images"),
    "forgotten": (Forgotten, "vectors"),
    "wrong-heads": (WrongHeads, "images"),
    "batch-view": (BatchView, "sequences"),
    "batch-softmax": (BatchSoftmax, "vectors"),
    "centred": (Centred, "vectors"),
    "time-first": (TimeFirst, "sequences"),
    "time-first-attention": (lambda: TorchTransformer(batch_first=False), "words"),
    "eval-dropout": (EvalDropout, "vectors"),
    "other-in-eval": (OtherInEval, "vectors"),
    "by-the-largest": (ByTheLargest, "vectors"),
    "noisy-training": (NoisyTraining, "vectors"),
    "noisy-and-scaled-training": (lambda: NoisyTraining(scaled=True), "vectors"),
    "ignores": (Ignores, "vectors"),
    "wrong-norm": (WrongNorm, "sequences"),
    "only-pooled": (lambda: pooled_convolutions(nn.Identity), "images"),
    "pooled-and-activated": (lambda: pooled_convolutions(nn.ReLU), "images"),
    "deep-linear": (deep_linear, "vectors"),
    "no-activation-conv": (NoActivationConv, "images"),
    "frozen-statistics": (frozen_statistics, "vectors"),
    "copied-weights": (copied_weights, "vectors"),
    "copied-with-statistics": (lambda: copied_weights(statistics=True), "vectors"),
    "dead": (dead, "vectors"),
    "functional-dead": (FunctionalDead, "vectors"),
    "saturated": (saturated, "vectors"),
    "no-batch-statistics": (no_batch_statistics, "vectors"),
    "softmax": (lambda: mlp(nn.Softmax(1)), "vectors"),
    "log-softmax": (lambda: mlp(nn.LogSoftmax(1)), "vectors"),
    "sigmoid": (lambda: mlp(nn.Sigmoid()), "vectors"),
    "relu-head": (lambda: mlp(nn.ReLU()), "vectors"),
    "tanh-head": (lambda: mlp(nn.Tanh(), nn.Flatten(0), width=1), "quantities"),
    "one-unit": (lambda: mlp(nn.Softmax(1), width=1), "columns"),
    "broadcast": (lambda: mlp(width=1), "quantities"),
    "half-labels": (lambda: mlp(), "many_labels"),
}


def build(name):
    factory = {**HEALTHY, **SICK}[name][0]
    return factory()


def raising_forward():
    class Raises(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(6, 3)

        def forward(self, x):
            return self.fc(x[:, :5])

    return Raises()


def wrong_width():
    return mlp(width=2)


class Vanilla(torch.optim.SGD):
    """An optimizer whose step does nothing: the user forgot to call the parent's."""

    def step(self, closure=None):
        return None


class Scattered(nn.Module):
    """Layers in a list, a dict and a nested tuple; one list that only repeats a registered layer."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 16)
        self.hidden = [nn.Linear(16, 16), nn.Linear(16, 16)]
        self.heads = {"a": (nn.Linear(16, 3), "note"), "b": 3}
        self.shortcuts = [self.first]
        self.teacher = [nn.Linear(6, 3).requires_grad_(False)]
        self.scale = [nn.Parameter(torch.ones(1))]

    def forward(self, x):
        x = torch.relu(self.first(x))
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.heads["a"][0](x) * self.scale[0]


class KeepsEval(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 3)
        )

    def forward(self, x):
        return self.net(x)

    def train(self, mode=True):
        super().train(mode)
        self.net[1].eval()
        return self


def rising(epoch):
    return epoch / 5


def params_of_another(params, lr):
    return torch.optim.Adam([*params, nn.Linear(2, 2).weight], lr=lr)
