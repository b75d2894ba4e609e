"""LeNet as its old prototxt had it, on small handwritten digits."""

import torch.nn as nn

FILLERS = {
    "xavier": nn.init.xavier_uniform_,
    "constant": lambda weight: nn.init.constant_(weight, 0.01),
}


class Transformer:
    """Caffe's transform_param."""

    def __init__(self, scale=1.0):
        self.scale = scale

    def __call__(self, image):
        return image * self.scale


class LeNet(nn.Module):
    def __init__(self, weight_filler="xavier"):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, kernel_size=3, padding=1)
        self.pool1 = nn.MaxPool2d(2, stride=2)
        self.conv2 = nn.Conv2d(12, 24, kernel_size=3, padding=1)
        self.relu2 = nn.ReLU()
        self.ip1 = nn.Linear(24 * 4 * 4, 64)
        self.relu1 = nn.ReLU()
        self.ip2 = nn.Linear(64, 10)
        for layer in [self.conv1, self.conv2, self.ip1, self.ip2]:
            FILLERS[weight_filler](layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, data):
        x = self.pool1(self.conv1(data))
        x = self.relu2(self.conv2(x))
        x = x.view(-1, 24 * 4 * 4)
        x = self.relu1(self.ip1(x))
        return self.ip2(x)
