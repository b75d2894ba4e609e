import torch
from torch import nn
from torch.utils.data import TensorDataset

from cnndoctor.datasets import digits


def net():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 10))


def split(part="train", share=0.2, clear=True):
    """Noisy digits; the validation part has those nearest to the mean of their class, or any."""
    data = digits("train")
    generator = torch.Generator().manual_seed(3)
    images = data.images + 0.25 * torch.randn(data.images.shape, generator=generator)
    means = torch.stack([images[data.targets == label].mean(0) for label in range(10)])
    distance = (means.unsqueeze(0) - images.unsqueeze(1)).flatten(2).norm(dim=2)  # [N, 10]
    own = distance.gather(1, data.targets.unsqueeze(1)).squeeze(1)
    other = distance.scatter(1, data.targets.unsqueeze(1), torch.inf).min(1).values
    order = (own - other).argsort() if clear else torch.randperm(len(images), generator=generator)
    held_out = int(share * len(images))
    chosen = order[:held_out] if part == "validation" else order[held_out:]
    return TensorDataset(images[chosen], data.targets[chosen])
