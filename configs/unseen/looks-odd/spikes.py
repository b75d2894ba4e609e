"""A spiking network (leaky integrate-and-fire, surrogate gradient) tells gestures of an event camera apart."""

import torch
from torch import nn
from torch.utils.data import TensorDataset

T, PIXELS = 24, 48


def events(n, seed):
    """A blob of events moves left, right, grows, shrinks or flickers in place; 0 or 1 per pixel and tick."""
    g = torch.Generator().manual_seed(seed)
    label = torch.randint(0, 5, (n,), generator=g)
    start = torch.rand(n, 1, generator=g) * 12 + 18
    time = torch.arange(T).float()[None]
    moves = (label == 0).float() * -0.8 + (label == 1).float() * 0.8
    grows = (label == 2).float() * 0.35 - (label == 3).float() * 0.35
    centre = start + moves[:, None] * (time - T / 2)
    width = 4 + grows[:, None] * (time - T / 2).clamp(-10, 10)
    pixel = torch.arange(PIXELS).float()
    near = ((pixel[None, None] - centre[..., None]).abs() < width[..., None].clamp(min=0.7)).float()
    rate = 0.005 + 0.25 * near
    return TensorDataset((torch.rand(n, T, PIXELS, generator=g) < rate).float(), label)


class Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx, potential):
        ctx.save_for_backward(potential)
        return (potential > 0).float()

    @staticmethod
    def backward(ctx, grad):
        (potential,) = ctx.saved_tensors
        return grad / (1 + 5 * potential.abs()) ** 2


class SpikingNet(nn.Module):
    def __init__(self, hidden=96, slow=0.95, fast=0.7):
        super().__init__()
        self.inward = nn.Linear(PIXELS, hidden)
        self.lateral = nn.Linear(hidden, hidden, bias=False)
        self.readout = nn.Linear(hidden, 5)
        nn.init.normal_(self.inward.weight, std=0.4)
        nn.init.normal_(self.lateral.weight, std=0.05)
        self.register_buffer("leak", torch.linspace(fast, slow, hidden))

    def forward(self, stream):
        current = self.inward(stream)
        potential = spikes = current.new_zeros(len(stream), self.leak.numel())
        answer = current.new_zeros(len(stream), 5)
        total = 0
        for t in range(stream.shape[1]):
            potential = self.leak * potential * (1 - spikes.detach()) + current[:, t] + self.lateral(spikes)
            spikes = Spike.apply(potential - 1.0)
            answer = 0.9 * answer + self.readout(spikes)
            total = total + answer
        return total / stream.shape[1]
