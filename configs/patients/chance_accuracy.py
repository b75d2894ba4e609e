from torch import nn


def net():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3), nn.GELU(), nn.Flatten(), nn.Linear(16 * 36, 64), nn.GELU(), nn.Linear(64, 10)
    )


def step(model, batch, loss):
    images, labels = batch
    scores = model(images)
    following = labels.roll(-1, 0)
    return {"loss": loss(scores, following), "outputs": scores, "targets": labels}
