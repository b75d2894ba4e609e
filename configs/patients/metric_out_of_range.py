from torch import nn


def net():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


class Accuracy:
    def __init__(self):
        self.reset()

    def to(self, device):
        return self

    def reset(self):
        self.correct, self.batches = 0, 0

    def update(self, outputs, targets):
        self.correct += (outputs.argmax(1) == targets).sum().item()
        self.batches += 1

    def compute(self):
        return 100.0 * self.correct / self.batches
