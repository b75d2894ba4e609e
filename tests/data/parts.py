"""Models, data sets, losses and steps as users write them, some of them broken; small.yaml and tests name them."""

# Users do not write for our linter and type checker.
# ruff: noqa: D103
# mypy: ignore-errors

import os
import signal

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, Sampler


class Net(nn.Module):
    """A small net with batch statistics and dropout, so that modes and randomness matter."""

    def __init__(self, features=4, classes=2, dropout=0.0, width=8):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(features, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(dropout)
        )
        self.head = nn.Linear(width, classes)

    def forward(self, inputs):
        return self.head(self.body(inputs))


class Blobs(Dataset):
    """Two classes, one at -1 and one at +1, with noise."""

    def __init__(self, size=48, seed=0, features=4):
        generator = torch.Generator().manual_seed(seed)
        self.labels = torch.arange(size) % 2
        noise = torch.randn(size, features, generator=generator)
        self.inputs = noise + (2.0 * self.labels[:, None] - 1)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.inputs[index], self.labels[index]


class Stream(IterableDataset):
    """The same blobs, without length."""

    def __init__(self, size=48, seed=0):
        self.blobs = Blobs(size, seed)

    def __iter__(self):
        return (self.blobs[index] for index in range(len(self.blobs)))


class Readable:
    """Neither a torch data set nor indexable: only to be read from the start, again and again."""

    def __iter__(self):
        return iter(Stream())


class Backwards(Sampler):
    """Visits the data from the end."""

    def __init__(self, data):
        self.size = len(data)

    def __iter__(self):
        return iter(range(self.size - 1, -1, -1))

    def __len__(self):
        return self.size


class Threes(Sampler):
    """Batches of three."""

    def __init__(self, data):
        self.size = len(data)

    def __iter__(self):
        return iter([list(range(i, i + 3)) for i in range(0, self.size - 2, 3)])

    def __len__(self):
        return self.size // 3


class FailingBlobs(Blobs):
    """One sample cannot be read."""

    def __getitem__(self, index):
        if index == 13:
            raise OSError("image 13 is truncated")
        return super().__getitem__(index)


class FailingNet(Net):
    """Its forward raises."""

    def forward(self, inputs):
        return self.head(self.missing(inputs))


def once():
    return iter(Stream())


def loader():
    return DataLoader(Blobs(), batch_size=8)


def unshuffled_loader(size=24):
    return DataLoader(Blobs(size), batch_size=6)


class Interrupting(Net):
    """A person presses Ctrl-C in the second epoch."""

    steps = 0

    def forward(self, inputs):
        self.steps += self.training
        if self.steps == 8:
            os.kill(os.getpid(), signal.SIGINT)
        return super().forward(inputs)


class Terminating(Net):
    """A cluster's time is up in the first pass."""

    def forward(self, inputs):
        if self.training:
            os.kill(os.getpid(), signal.SIGTERM)
        return super().forward(inputs)


def no_model():
    return {"layers": 3}


def failing_model():
    settings = {}
    return Net(features=settings["features"])


def failing_loss(outputs, targets):
    raise ValueError(f"cannot compare {tuple(outputs.shape)} with {tuple(targets.shape)}")


def plain_step(model, batch, loss):
    inputs, targets = batch
    return loss(model(inputs), targets)


def failing_step(model, batch, loss):
    inputs, targets = batch
    outputs = model(inputs)
    return loss(outputs, targets) / len(inputs.no_such_attribute)


def whole_step(model, batch, loss):
    inputs, targets = batch
    outputs = model(inputs)
    penalty = 1e-3 * sum(p.square().sum() for p in model.parameters())
    return {
        "loss": loss(outputs, targets) + penalty,
        "outputs": outputs,
        "targets": targets,
        "penalty": penalty,
    }


def forgetful_step(model, batch, loss):
    inputs, targets = batch
    loss(model(inputs), targets)


def vector_step(model, batch, loss):
    inputs, targets = batch
    return nn.functional.cross_entropy(model(inputs), targets, reduction="none")


def number_loss(outputs, targets):
    return nn.functional.cross_entropy(outputs, targets).item()


def optimizer_of_model(model, lr):
    return torch.optim.SGD([{"params": model.head.parameters()}, {"params": model.body.parameters()}], lr=lr)


def no_optimizer(parameters):
    return list(parameters)


def stack(samples):
    inputs, labels = zip(*samples, strict=True)
    return {"image": torch.stack(inputs), "label": torch.stack(labels)}


def points_alone(samples):
    return stack(samples)["image"]


def rebuilding_step(model, batch, loss):
    return (model(batch) - batch[:, :2]).square().mean()


def mirrored(samples):
    inputs, labels = zip(*samples, strict=True)
    return torch.stack(inputs).flip(1), torch.stack(labels)


class Spoiled(Blobs):
    """Half of the samples hold a NaN."""

    def __getitem__(self, index):
        inputs, label = super().__getitem__(index)
        return (inputs * float("nan") if index % 2 else inputs), label


class Blank(Blobs):
    """All inputs are the same."""

    def __getitem__(self, index):
        return torch.zeros_like(self.inputs[index]), self.labels[index]


class Noisy(Blobs):
    """Blobs with augmentation: fresh noise from the global generator at every read."""

    def __getitem__(self, index):
        inputs, label = super().__getitem__(index)
        return inputs + 0.1 * torch.randn(inputs.shape), label


def adversarial_step(model, batch, loss):
    """Train on inputs moved against the model."""
    inputs, targets = batch
    moved = inputs.detach().clone().requires_grad_(True)
    (slope,) = torch.autograd.grad(loss(model(moved), targets), moved)
    outputs = model(inputs + 0.01 * slope.sign())
    return {"loss": loss(outputs, targets), "outputs": outputs, "targets": targets}


class Force(Net):
    """Its output holds a derivative with respect to its input."""

    def forward(self, inputs):
        inputs = inputs.detach().clone().requires_grad_(True)
        scores = super().forward(inputs)
        (slope,) = torch.autograd.grad(scores.square().sum(), inputs, create_graph=True)
        return scores + slope.mean(1, keepdim=True)
