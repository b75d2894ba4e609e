from torch import nn

from cnndoctor.datasets import digits


def net():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 3)
    )


def eights_and_nines(split):
    data = digits(split)
    data.targets = (data.targets - 7).clamp(min=0)
    data.classes = ("another digit", "eight", "nine")
    return data
