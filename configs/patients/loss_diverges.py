from torch import nn
from torch.nn import functional as F


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.GELU(), nn.Linear(32, 4))
        self.decode = nn.Sequential(nn.Linear(4, 32), nn.GELU(), nn.Linear(32, 64))

    def forward(self, images):
        return self.decode(self.encode(images)).view_as(images)


class Reconstruct:
    """Starts gently: the weight of the reconstruction grows while training goes on."""

    def __init__(self, growth=1.02):
        self.growth = growth
        self.weight = 1.0

    def __call__(self, model, batch, _loss):
        images, _ = batch
        error = F.mse_loss(model(images), images)
        if model.training:
            self.weight *= self.growth
        return self.weight * error
