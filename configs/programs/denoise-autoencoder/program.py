"""A convolutional autoencoder removes noise from enlarged digits; its loss keeps edges sharp."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from cnndoctor.datasets import digits


class NoisyDigits(Dataset):
    """Pairs of a noisy image and the clean one, both [1, 16, 16] and standardised.

    The noise of an image is drawn anew each time in training and always the same in validation.
    """

    def __init__(self, split, noise=0.8, limit=None, target_scale=1.0):
        source = digits(split)
        clean = F.interpolate(source.images, size=(16, 16), mode="bilinear", align_corners=False)[:limit]
        self.clean = (clean - 0.31) / 0.35
        self.noise = noise
        self.target_scale = target_scale
        self.fixed = None
        if split != "train":
            self.fixed = torch.randn(self.clean.shape, generator=torch.Generator().manual_seed(5))

    def __len__(self):
        return len(self.clean)

    def __getitem__(self, index):
        clean = self.clean[index]
        noise = torch.randn_like(clean) if self.fixed is None else self.fixed[index]
        return clean + self.noise * noise, clean * self.target_scale


class AutoEncoder(nn.Module):
    def __init__(self, width=12, latent=48, output="linear", activation="relu", decoder_as_list=False):
        super().__init__()
        act = {"relu": nn.ReLU, "none": nn.Identity, "softplus": nn.Softplus}[activation]
        self.encoder = nn.Sequential(
            nn.Conv2d(1, width, 3, stride=2, padding=1),
            act(),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            act(),
            nn.Flatten(),
            nn.Linear(2 * width * 16, latent),
            act(),
        )
        steps = [
            nn.Linear(latent, 2 * width * 16),
            act(),
            nn.Unflatten(1, (2 * width, 4, 4)),
            nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1),
            act(),
            nn.ConvTranspose2d(width, width, 4, stride=2, padding=1),
            act(),
        ]
        self.decoder = steps if decoder_as_list else nn.Sequential(*steps)
        self.output = nn.Conv2d(width, 1, 3, padding=1)
        self.last = {"linear": nn.Identity(), "sigmoid": nn.Sigmoid(), "tanh": nn.Tanh()}[output]

    def forward(self, x):
        x = self.encoder(x)
        for layer in self.decoder:
            x = layer(x)
        return self.last(self.output(x))


def edges(images, eps):
    """Length of the image gradient, by forward differences."""
    dx = images[..., :-1, 1:] - images[..., :-1, :-1]
    dy = images[..., 1:, :-1] - images[..., :-1, :-1]
    return torch.sqrt(dx**2 + dy**2 + eps)


class EdgeAwareLoss(nn.Module):
    """Mean squared error, and the absolute difference of edges."""

    def __init__(self, weight=0.1, eps=1e-4):
        super().__init__()
        self.weight, self.eps = weight, eps

    def forward(self, outputs, clean):
        sharp = (edges(outputs, self.eps) - edges(clean, self.eps)).abs().mean()
        return F.mse_loss(outputs, clean) + self.weight * sharp


def sparse_step(model, batch, loss, beta=1e-4):
    """Adds an L1 penalty on the latent code."""
    noisy, clean = batch
    code = model.encoder(noisy)
    outputs = code
    for layer in model.decoder:
        outputs = layer(outputs)
    outputs = model.last(model.output(outputs))
    penalty = beta * code.abs().sum(1).mean()
    return {"loss": loss(outputs, clean) + penalty, "outputs": outputs, "targets": clean, "penalty": penalty}


class MaskedEdgeLoss(EdgeAwareLoss):
    """The same, with edges of the outputs compared only where the clean image is not flat."""

    def forward(self, outputs, clean):
        visible = (clean > clean.min()).float()
        sharp = (edges(outputs * visible, self.eps) - edges(clean * visible, self.eps)).abs().mean()
        return F.mse_loss(outputs, clean) + self.weight * sharp
