"""A Siamese network that tells whether two handwritten digits are the same, with a contrastive loss."""

import random

import torch
import torch.nn as nn

from cnndoctor.datasets import digits


class SiameseNetworkDataset(torch.utils.data.Dataset):
    def __init__(self, split, n, seed):
        source = digits(split)
        rnd = random.Random(seed)
        byLabel = [[] for _ in range(10)]
        for i in range(len(source)):
            byLabel[int(source.targets[i])].append(i)
        self.images = source.images
        self.pairs = []
        for k in range(n):
            c0 = rnd.randrange(10)
            c1 = c0 if k % 2 == 0 else (c0 + rnd.randrange(1, 10)) % 10
            self.pairs.append((rnd.choice(byLabel[c0]), rnd.choice(byLabel[c1]), float(c0 != c1)))

    def __getitem__(self, index):
        i, j, label = self.pairs[index]
        return (self.images[i], self.images[j]), torch.tensor([label])

    def __len__(self):
        return len(self.pairs)


class SiameseNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn1 = nn.Sequential(
            nn.Conv2d(1, 16, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(16, 32, kernel_size=3, padding=1, stride=2),
            nn.ReLU(inplace=True),
        )
        self.fc1 = nn.Sequential(nn.Linear(32 * 4 * 4, 64), nn.ReLU(inplace=True), nn.Linear(64, 16))

    def forward_once(self, x):
        output = self.cnn1(x)
        output = output.view(output.size()[0], -1)
        return self.fc1(output)

    def forward(self, pair):
        return self.forward_once(pair[0]), self.forward_once(pair[1])


class ContrastiveLoss(nn.Module):
    def __init__(self, margin=2.0, eps=0.0):
        super().__init__()
        self.margin = margin
        self.eps = eps

    def forward(self, output1, output2, label):
        dist = torch.sqrt(torch.sum((output1 - output2) ** 2, dim=1, keepdim=True) + self.eps)
        return torch.mean((1 - label) * dist**2 + label * torch.clamp(self.margin - dist, min=0.0) ** 2)


def step(net, batch, criterion):
    pair, label = batch
    output1, output2 = net(pair)
    return criterion(output1, output2, label)
