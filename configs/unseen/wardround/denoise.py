"""Denoising autoencoder whose decoder is its encoder transposed, trained with Lion (Chen et al., 2023)."""

import itertools

import torch
import torch.nn.functional as F
from torch import nn

from cnndoctor.datasets import digits


class NoisyDigits(torch.utils.data.Dataset):
    def __init__(self, split, std=0.25, fixed=False):
        self.digits, self.std, self.fixed = digits(split), std, fixed

    def __len__(self):
        return len(self.digits)

    def __getitem__(self, i):
        clean = self.digits[i][0].flatten()
        g = torch.Generator().manual_seed(i) if self.fixed else None
        return clean + self.std * torch.randn(64, generator=g), clean


class TiedAutoencoder(nn.Module):
    def __init__(self, sizes=(64, 96, 32)):
        super().__init__()
        self.weights = nn.ParameterList()
        self.down_bias = nn.ParameterList()
        self.up_bias = nn.ParameterList()
        for fan_in, fan_out in itertools.pairwise(sizes):
            w = torch.empty(fan_out, fan_in)
            nn.init.xavier_uniform_(w)
            self.weights.append(nn.Parameter(w))
            self.down_bias.append(nn.Parameter(torch.zeros(fan_out)))
            self.up_bias.append(nn.Parameter(torch.zeros(fan_in)))

    def forward(self, x):
        for w, b in zip(self.weights, self.down_bias, strict=False):
            x = F.gelu(F.linear(x, w, b))
        for i in reversed(range(len(self.weights))):
            x = F.linear(x, self.weights[i].t(), self.up_bias[i])
            x = F.gelu(x) if i else torch.sigmoid(x)
        return x


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
            b1, b2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["exp_avg"] = torch.zeros_like(p)
                m = state["exp_avg"]
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_((m * b1 + p.grad * (1 - b1)).sign_(), alpha=-group["lr"])
                m.mul_(b2).add_(p.grad, alpha=1 - b2)
        return loss
