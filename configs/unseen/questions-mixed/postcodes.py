"""Handwritten digits and a training step written by hand."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.autograd import Variable


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, kernel_size=3, padding=1)
        self.fc1 = nn.Linear(32 * 2 * 2, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        return self.fc2(x)


def trainStep(model, batch, criterion):
    images, labels = batch
    outputs = model(images)
    outputs = Variable(outputs.data, requires_grad=True)
    loss = criterion(outputs, labels)
    return {"loss": loss, "outputs": outputs, "targets": labels}


def trainStepFixed(model, batch, criterion):
    images, labels = batch
    outputs = model(images)
    loss = criterion(outputs, labels)
    return {"loss": loss, "outputs": outputs, "targets": labels}
