"""Did a household answer the survey? Six categorical questions, so that most rows occur many times, with both answers."""

import torch
from torch import nn
from torch.func import functional_call

LEVELS = (4, 3, 2, 5, 2, 3)


def households(n, seed):
    g = torch.Generator().manual_seed(seed)
    columns = []
    for k, levels in enumerate(LEVELS):
        weight = torch.softmax(torch.linspace(0.8, -0.8, levels) * (1 + k % 2), 0)
        columns.append(torch.multinomial(weight, n, replacement=True, generator=g))
    a, b, c, d, e, f = columns
    logit = 1.1 * (a - 1) - 1.3 * (b == 2) + 1.6 * (c == 1) * (d > 1) - 0.7 * e + 0.9 * (f == 0) - 0.9
    answered = (torch.rand(n, generator=g) < torch.sigmoid(1.5 * logit)).float()
    one_hot = [nn.functional.one_hot(col, k) for col, k in zip(columns, LEVELS, strict=True)]
    return torch.utils.data.TensorDataset(torch.cat(one_hot, 1).float(), answered.unsqueeze(1))


def Net():
    return nn.Sequential(nn.Linear(sum(LEVELS), 32), nn.ReLU(), nn.Linear(32, 1))


def sam_step(model, batch, loss, rho=0.05):
    """Sharpness-aware: the gradient is taken where the loss is worst nearby."""
    x, y = batch
    if not model.training:
        outputs = model(x)
        return {"loss": loss(outputs, y), "outputs": outputs, "targets": y}
    weights = dict(model.named_parameters())
    with torch.enable_grad():
        slopes = torch.autograd.grad(loss(model(x), y), list(weights.values()))
    size = torch.stack([s.norm() for s in slopes]).norm() + 1e-12
    uphill = {name: w + rho * s / size for (name, w), s in zip(weights.items(), slopes, strict=True)}
    outputs = functional_call(model, uphill, (x,))
    return {"loss": loss(outputs, y), "outputs": outputs, "targets": y}
