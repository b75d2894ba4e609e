"""Models of the healthy runs."""

import copy
import functools

import data
import torch
import torch.nn.functional as F
from torch import nn


def conv(channels_in, channels_out, stride=1):
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False), nn.BatchNorm2d(channels_out)
    )


class Residual(nn.Module):
    def __init__(self, channels_in, channels_out, stride=1, zero_init=False):
        super().__init__()
        self.first = conv(channels_in, channels_out, stride)
        self.second = conv(channels_out, channels_out)
        same = stride == 1 and channels_in == channels_out
        self.shortcut = nn.Identity() if same else conv(channels_in, channels_out, stride)
        if zero_init:
            nn.init.zeros_(self.second[1].weight)

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x))) + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self, classes=10, width=8, zero_init=False):
        super().__init__()
        self.stem = conv(1, width)
        self.blocks = nn.Sequential(
            Residual(width, width, 1, zero_init),
            Residual(width, 2 * width, 2, zero_init),
            Residual(2 * width, 4 * width, 2, zero_init),
        )
        self.head = nn.Linear(4 * width, classes)
        if zero_init:
            nn.init.zeros_(self.head.weight)

    def forward(self, x):
        return self.head(self.blocks(F.relu(self.stem(x))).mean((2, 3)))


class PlainCNN(nn.Module):
    """No normalisation anywhere."""

    def __init__(self, outputs=10, dropout=0.0):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.drop = nn.Dropout(dropout)
        self.fc1 = nn.Linear(32 * 2 * 2, 64)
        self.fc2 = nn.Linear(64, outputs)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = self.drop(F.relu(self.fc1(torch.flatten(x, 1))))
        return self.fc2(x)


class NormCNN(nn.Module):
    def __init__(self, outputs=10):
        super().__init__()
        self.features = nn.Sequential(
            conv(1, 16),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            conv(16, 32),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Linear(128, outputs)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


def mlp(inputs=64, outputs=10, width=64):
    return nn.Sequential(
        nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, outputs)
    )


def norm_mlp(inputs=10, outputs=1, width=64):
    layers = []
    for size in (inputs, width):
        layers += [nn.Linear(size, width, bias=False), nn.BatchNorm1d(width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, outputs))


class UNet(nn.Module):
    def __init__(self, classes=3, width=8):
        super().__init__()
        self.down1 = nn.Sequential(conv(1, width), nn.ReLU())
        self.down2 = nn.Sequential(conv(width, 2 * width), nn.ReLU())
        self.bottom = nn.Sequential(conv(2 * width, 4 * width), nn.ReLU())
        self.up2 = nn.ConvTranspose2d(4 * width, 2 * width, 2, 2)
        self.join2 = nn.Sequential(conv(4 * width, 2 * width), nn.ReLU())
        self.up1 = nn.ConvTranspose2d(2 * width, width, 2, 2)
        self.join1 = nn.Sequential(conv(2 * width, width), nn.ReLU())
        self.out = nn.Conv2d(width, classes, 1)

    def forward(self, x):
        first = self.down1(x)
        second = self.down2(F.max_pool2d(first, 2))
        x = self.bottom(F.max_pool2d(second, 2))
        x = self.join2(torch.cat([self.up2(x), second], 1))
        return self.out(self.join1(torch.cat([self.up1(x), first], 1)))


class RowGRU(nn.Module):
    def __init__(self, classes=10, width=48):
        super().__init__()
        self.gru = nn.GRU(8, width, batch_first=True)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        _, last = self.gru(x)
        return self.head(last[-1])


class SignalNet(nn.Sequential):
    def __init__(self, classes=3, width=16):
        super().__init__(
            nn.Conv1d(1, width, 7, stride=2, padding=3),
            nn.GroupNorm(4, width),
            nn.GELU(),
            nn.Conv1d(width, 2 * width, 5, stride=2, padding=2),
            nn.GroupNorm(4, 2 * width),
            nn.GELU(),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
            nn.Linear(2 * width, classes),
        )


class Transformer(nn.Module):
    def __init__(self, tokens=9, classes=4, width=32, length=16):
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        self.position = nn.Parameter(0.02 * torch.randn(1, length + 1, width))
        self.token = nn.Parameter(torch.zeros(1, 1, width))  # the [CLS] token starts at zero
        layer = nn.TransformerEncoderLayer(
            width, 4, 2 * width, 0.1, "gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        x = torch.cat([self.token.expand(len(x), -1, -1), self.embedding(x)], 1) + self.position
        return self.head(self.norm(self.encoder(x)[:, 0]))


class LanguageModel(nn.Module):
    """Letters in, scores of the next letter out; embedding and output share one matrix."""

    def __init__(self, letters=28, width=64):
        super().__init__()
        self.embedding = nn.Embedding(letters, width)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.lstm = nn.LSTM(width, width, batch_first=True)
        self.out = nn.Linear(width, letters)
        self.out.weight = self.embedding.weight

    def forward(self, x):
        hidden, _ = self.lstm(self.embedding(x))
        return self.out(hidden)  # [N, L, letters]


class Reader(nn.Module):
    """Strips [N, T, 8] to log-probabilities [T, N, symbols + blank]."""

    def __init__(self, symbols=5, width=32):
        super().__init__()
        self.conv = nn.Conv1d(8, width, 3, padding=1)
        self.gru = nn.GRU(width, width, bidirectional=True)
        self.head = nn.Linear(2 * width, symbols + 1)

    def forward(self, x):
        x = F.relu(self.conv(x.transpose(1, 2))).permute(2, 0, 1)
        return self.head(self.gru(x)[0]).log_softmax(-1)


class Autoencoder(nn.Module):
    def __init__(self, code=16):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, code))
        self.decoder = nn.Sequential(
            nn.Linear(code, 48), nn.ReLU(), nn.Linear(48, 64), nn.Sigmoid(), nn.Unflatten(1, (1, 8, 8))
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


@functools.cache
def pretrained():
    """Train a backbone on the digits 0 to 4, once a process; stands for weights from a file."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = NormCNN(5)
        optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
        images, labels = data.some_digits("train", 0, 4).tensors
        for _ in range(6):
            for part in torch.randperm(len(images)).split(32):
                optimizer.zero_grad()
                F.cross_entropy(model(images[part]), labels[part]).backward()
                optimizer.step()
    return model


class FineTuned(nn.Module):
    """A pretrained backbone that is frozen, its BatchNorm kept in eval mode, and a new head."""

    def __init__(self, classes=5):
        super().__init__()
        self.backbone = copy.deepcopy(pretrained().features).requires_grad_(False)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, classes))

    def train(self, mode=True):
        super().train(mode)
        self.backbone.eval()
        return self

    def forward(self, x):
        return self.head(self.backbone(x))


class LogProbabilities(nn.Module):
    """Log-softmax at the end; cross-entropy applies it again, and twice is the same as once."""

    def __init__(self):
        super().__init__()
        self.body = NormCNN()

    def forward(self, x):
        return F.log_softmax(self.body(x), dim=1)


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            conv(1, 16), nn.ReLU(), nn.MaxPool2d(2), conv(16, 32), nn.ReLU(), nn.Flatten()
        )
        self.digit = nn.Linear(32 * 16, 10)
        self.ink = nn.Linear(32 * 16, 1)

    def forward(self, x):
        x = self.body(x)
        return {"digit": self.digit(x), "ink": self.ink(x).squeeze(1)}
