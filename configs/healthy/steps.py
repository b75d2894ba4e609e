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
