"""Training steps and losses of the healthy runs."""

import torch.nn.functional as F


def reconstruct(model, batch, loss):
    images = batch["image"]
    outputs = model(images)
    return {"loss": loss(outputs, images), "outputs": outputs, "targets": images}


def next_letter(outputs, targets):
    return F.cross_entropy(outputs.flatten(0, 1), targets.flatten())


def spell(model, batch, loss):
    strips, words, strip_lengths, word_lengths = batch
    scores = model(strips)
    return {"loss": loss(scores, words, strip_lengths, word_lengths), "outputs": scores, "targets": words}


def warm_up(step, steps=50):
    return min(1.0, (step + 1) / steps)


def two_tasks(model, batch, loss):
    outputs = model(batch["image"])
    classes = loss(outputs["digit"], batch["digit"])
    ink = F.mse_loss(outputs["ink"], batch["ink"])  # starts a hundred times larger than the other
    return {"loss": classes + 0.02 * ink, "outputs": outputs["digit"], "targets": batch["digit"]}
