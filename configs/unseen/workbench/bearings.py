"""Condition monitoring: which part of a rolling bearing is damaged, from the raw accelerometer signal."""

import torch
from torch import nn
from torch.utils.data import Dataset

WINDOW = 512
PERIODS = {"healthy": 0.0, "outer ring": 61.0, "inner ring": 43.0, "ball": 83.0}


class Recordings(Dataset):
    """Each sample is a window [1, 512] in double precision, as the acquisition card delivers it."""

    classes = tuple(PERIODS)

    def __init__(self, machines, per_machine, seed, first_machine=0, random_crop=False):
        g = torch.Generator().manual_seed(seed)
        self.random_crop = random_crop
        self.signals, self.labels, self.groups = [], [], []
        for machine in range(first_machine, first_machine + machines):
            speed = 1 + 0.04 * (2 * torch.rand(1, generator=g).item() - 1)
            resonance = 0.9 + 0.3 * torch.rand(1, generator=g).item()
            gain = 0.5 + torch.rand(1, generator=g).item()
            for i in range(per_machine):
                label = i % len(PERIODS)
                self.signals.append(gain * self._signal(self.classes[label], speed, resonance, g))
                self.labels.append(label)
                self.groups.append(f"machine-{machine}")

    @staticmethod
    def _signal(kind, speed, resonance, g, length=1024):
        t = torch.arange(length, dtype=torch.float64)
        phase = 6.28 * torch.rand(1, generator=g).item()
        signal = 0.6 * torch.sin(0.055 * speed * t + phase) + 0.35 * torch.randn(length, generator=g).double()
        period = PERIODS[kind] / speed
        if period:
            strength = 1.0 + 0.8 * torch.rand(1, generator=g).item()
            start = period * torch.rand(1, generator=g).item()
            while start < length:
                age = (t - start).clamp(min=0)
                signal += (t >= start) * strength * torch.exp(-age / 8) * torch.sin(resonance * age)
                start += period * (1 + 0.01 * torch.randn(1, generator=g).item())
        return signal

    def __len__(self):
        return len(self.signals)

    def __getitem__(self, index):
        signal = self.signals[index]
        spare = len(signal) - WINDOW
        start = int(torch.randint(spare + 1, ())) if self.random_crop else spare // 2
        return signal[start : start + WINDOW].unsqueeze(0), self.labels[index]


class WideKernelNet(nn.Module):
    """A wide first kernel over the raw signal, then narrow ones."""

    def __init__(self, classes=4):
        super().__init__()

        def stage(inner, outer, kernel, stride):
            conv = nn.Conv1d(inner, outer, kernel, stride, padding=kernel // 2, bias=False)
            return nn.Sequential(conv, nn.BatchNorm1d(outer), nn.ReLU())

        self.body = nn.Sequential(
            nn.InstanceNorm1d(1),
            stage(1, 24, 31, 4),
            stage(24, 32, 9, 1),
            nn.MaxPool1d(2),
            stage(32, 48, 9, 1),
            nn.MaxPool1d(2),
            stage(48, 48, 9, 1),
        )
        self.head = nn.Linear(48, classes)

    def forward(self, signal):
        return self.head(self.body(signal.float()).mean(2))


def groups(model, lr, momentum, weight_decay):
    """Norms and biases are not decayed."""
    plain = [p for p in model.parameters() if p.ndim == 1]
    decayed = [p for p in model.parameters() if p.ndim > 1]
    return torch.optim.SGD(
        [{"params": decayed, "weight_decay": weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=lr,
        momentum=momentum,
        nesterov=True,
    )


def warmup_cosine(optimizer, warmup, total):
    up = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.05, total_iters=warmup)
    down = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=total - warmup)
    return torch.optim.lr_scheduler.SequentialLR(optimizer, [up, down], milestones=[warmup])
