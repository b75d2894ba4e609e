"""Spoken keywords as log-mel spectrograms, and a small depthwise-separable network with a statistics-pooling head."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset

BANDS, FRAMES = 32, 40
# First and second formant of a phone, in mel bands.
PHONES = {"i": (4.0, 24.0), "e": (8.0, 20.0), "a": (13.0, 18.0), "o": (8.0, 13.0), "u": (4.0, 9.0)}
WORDS = ("ia", "ai", "eo", "oe", "ua", "au", "iu", "ui", "ae", "ea")


class Keywords(Dataset):
    """Utterances of ten two-phone words: loudness, speed, onset, speaker and noise differ from one to the next."""

    classes = WORDS

    def __init__(self, n, seed, augment=None, levels=None, channels_last=False, one_hot=False):
        generator = torch.Generator().manual_seed(seed)
        self.labels = torch.randint(len(WORDS), (n,), generator=generator)
        self.spectrograms = torch.stack([utter(WORDS[label], generator) for label in self.labels.tolist()])
        if levels is not None:
            decibels = self.spectrograms.clamp(-2, 4)
            self.spectrograms = ((decibels + 2) / 6 * levels).round()
        self.augment, self.channels_last, self.one_hot = augment, channels_last, one_hot

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        spectrogram, label = self.spectrograms[index], self.labels[index]
        if self.augment is not None:
            spectrogram = self.augment(spectrogram)
        if self.channels_last:
            spectrogram = spectrogram.permute(1, 2, 0)
        if self.one_hot:
            label = F.one_hot(label, len(WORDS))
        return spectrogram, label


def utter(word, generator):
    """Return one utterance as a spectrogram [1, BANDS, FRAMES] of about zero mean and unit variance."""
    uniform = torch.rand(6, generator=generator)
    onset, length = 4 + 10 * uniform[0], 18 + 6 * uniform[1]
    turn, speaker, loudness = 0.4 + 0.2 * uniform[2], 4 * (uniform[3] - 0.5), 1.5 + 1.5 * uniform[4]
    time = (torch.arange(FRAMES) - onset) / length
    blend = torch.sigmoid((time - turn) * 14)
    bands = torch.arange(BANDS)[:, None]
    voice = torch.zeros(BANDS, FRAMES)
    for first, second in zip(PHONES[word[0]], PHONES[word[1]], strict=True):
        centre = first + (second - first) * blend + speaker
        voice = voice + torch.exp(-((bands - centre) ** 2) / 3)
    envelope = torch.sigmoid(12 * time) * torch.sigmoid(12 * (1 - time))
    noise = 1.0 * torch.randn(BANDS, FRAMES, generator=generator)
    return (loudness * voice * envelope + noise - 0.2)[None]


class SpecAugment:
    """Blank a few bands and a few frames."""

    def __init__(self, bands=4, frames=6):
        self.bands, self.frames = bands, frames

    def __call__(self, spectrogram):
        spectrogram = spectrogram.clone()
        height, low = _stretch(self.bands, BANDS)
        width, start = _stretch(self.frames, FRAMES)
        spectrogram[:, low : low + height] = 0
        spectrogram[:, :, start : start + width] = 0
        return spectrogram


class ImageAugment(SpecAugment):
    """The image recipe, blanking included: mirror and shift."""

    def __call__(self, spectrogram):
        if torch.rand(()) < 0.5:
            spectrogram = spectrogram.flip(-1)
        spectrogram = spectrogram.roll(int(torch.randint(-3, 4, ())), -1)
        return super().__call__(spectrogram)


def _stretch(longest, size):
    length = int(torch.randint(0, longest + 1, ()))
    return length, int(torch.randint(0, size - length + 1, ()))


def separable(channels, out, stride=1, momentum=0.1):
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, stride=stride, padding=1, groups=channels, bias=False),
        nn.BatchNorm2d(channels, momentum=momentum),
        nn.ReLU(inplace=True),
        nn.Conv2d(channels, out, 1, bias=False),
        nn.BatchNorm2d(out, momentum=momentum),
        nn.ReLU(inplace=True),
    )


class MagnitudeConv(nn.Module):
    """Pairs of filters, of which the magnitude counts, so that a ridge is seen whatever its phase."""

    def __init__(self, out, eps=1e-6):
        super().__init__()
        self.filters = nn.Conv2d(1, 2 * out, 5, stride=2, padding=2, bias=False)
        self.eps = eps

    def forward(self, spectrograms):
        even, odd = self.filters(spectrograms).chunk(2, dim=1)
        return torch.sqrt(even.square() + odd.square() + self.eps)


class StatisticsPooling(nn.Module):
    """Mean and standard deviation over time, as in x-vectors: [N, D, T] -> [N, 2 D]."""

    def forward(self, frames):
        return torch.cat([frames.mean(-1), frames.var(-1, unbiased=False).add(1e-5).sqrt()], 1)


class RecurrentPooling(nn.Module):
    """The last state of a GRU that reads the frames: [N, D, T] -> [N, hidden]."""

    def __init__(self, features, hidden=64, batch_first=False):
        super().__init__()
        self.gru = nn.GRU(features, hidden, batch_first=batch_first)

    def forward(self, frames):
        states, _ = self.gru(frames.transpose(1, 2))
        return states[:, -1]


class KeywordNet(nn.Module):
    """Depthwise-separable trunk, pooling over time, an embedding and the classifier."""

    def __init__(self, num_classes=10, width=24, eps=1e-6, bn_momentum=0.1, pooling=None, pooled=None):
        super().__init__()
        self.trunk = nn.Sequential(
            MagnitudeConv(width, eps),
            nn.BatchNorm2d(width, momentum=bn_momentum),
            nn.ReLU(inplace=True),
            separable(width, width, momentum=bn_momentum),
            separable(width, width, stride=2, momentum=bn_momentum),
            separable(width, width, momentum=bn_momentum),
        )
        features = width * BANDS // 4
        self.pooling = pooling or StatisticsPooling()
        self.embedding = nn.Sequential(
            nn.Linear(pooled or 2 * features, 48, bias=False),
            nn.BatchNorm1d(48, momentum=bn_momentum),
            nn.ReLU(),
            nn.Dropout(0.1),
        )
        self.classifier = nn.Linear(48, num_classes)

    def forward(self, spectrograms):
        frames = self.trunk(spectrograms).flatten(1, 2)  # [N, width * BANDS / 4, FRAMES / 4]
        return self.classifier(self.embedding(self.pooling(frames)))


def recurrent_net(num_classes=10, width=24, hidden=64, **gru):
    pooling = RecurrentPooling(width * BANDS // 4, hidden, **gru)
    return KeywordNet(num_classes, width, pooling=pooling, pooled=hidden)


def transfer_net(checkpoint=None, num_classes=10, width=24):
    """Take over the layers of a larger vocabulary and train the classifier alone."""
    net = KeywordNet(num_classes, width)
    if checkpoint is not None:
        state = torch.load(checkpoint)
        net.load_state_dict({k: v for k, v in state.items() if "classifier" not in k}, strict=False)
    for name, parameter in net.named_parameters():
        parameter.requires_grad = name.startswith("classifier")
    return net


class FocalLoss(nn.Module):
    def __init__(self, gamma=2.0):
        super().__init__()
        self.gamma = gamma

    def forward(self, logits, labels):
        log_p = -F.cross_entropy(logits, labels, reduction="none")
        p = log_p.exp()
        return ((1 - p) ** self.gamma * log_p).mean()


def sparse_step(model, batch, loss, l1=0.1, reduction=torch.mean):
    """The loss plus an L1 penalty on the parameters."""
    spectrograms, labels = batch
    logits = model(spectrograms)
    penalty = l1 * reduction(torch.cat([p.abs().flatten() for p in model.parameters()]))
    return {"loss": loss(logits, labels) + penalty, "outputs": logits, "targets": labels, "penalty": penalty}
