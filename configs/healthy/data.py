"""Data of the healthy runs: real digits in other clothes, and small synthetic problems that can be learnt."""

import math

import torch
from torch.utils.data import Dataset, IterableDataset, TensorDataset

from cnndoctor.datasets import digits

LETTERS = " abcdefghijklmnopqrstuvwxyz."


def generator(seed):
    return torch.Generator().manual_seed(seed)


def flat_digits(split="train"):
    data = digits(split)
    return TensorDataset(data.images.flatten(1), data.targets)


def raw_digits(split="train"):
    """Pixels from 0 to 255, as an image file has them, converted to float and nothing else."""
    data = digits(split)
    return TensorDataset((data.images * 255).round(), data.targets)


def row_digits(split="train"):
    """An image as a sequence of eight rows of eight pixels."""
    data = digits(split)
    return TensorDataset(data.images.squeeze(1), data.targets)


def some_digits(split="train", first=5, last=9):
    data = digits(split)
    keep = (data.targets >= first) & (data.targets <= last)
    return TensorDataset(data.images[keep], data.targets[keep] - first)


def even_digits(split="train"):
    data = digits(split)
    return TensorDataset(data.images, (data.targets % 2 == 0).float().unsqueeze(1))


def rare_digit(split="train", digit=3, ratio=20):
    """One digit against the others, of which there are ``ratio`` times as many."""
    data = digits(split)
    positive = (data.targets == digit).nonzero().flatten()
    negative = (data.targets != digit).nonzero().flatten()
    keep = torch.cat([positive[: max(4, len(negative) // ratio)], negative])
    return TensorDataset(data.images[keep], (data.targets[keep] == digit).long())


def digit_attributes(split="train"):
    """Three labels that do not exclude each other: odd, has a loop, five or more."""
    data = digits(split)
    y = data.targets
    loop = torch.tensor([1, 0, 0, 0, 0, 0, 1, 0, 1, 1])[y]
    return TensorDataset(data.images, torch.stack([y % 2, loop, (y >= 5).long()], 1).float())


def digit_images(split="train"):
    """The image is its own target."""
    return [{"image": image} for image in digits(split).images]


class DictDigits(Dataset):
    """Samples as mappings, as many libraries give them."""

    def __init__(self, split="train"):
        self.data = digits(split)
        self.classes = self.data.classes

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        image, label = self.data[index]
        return {"pixel_values": image, "labels": label, "index": index}


class DigitStream(IterableDataset):
    """Digits in a new random order each pass, without a length."""

    def __init__(self, split="train", shuffle=True):
        self.data = digits(split)
        self.shuffle = shuffle

    def __iter__(self):
        order = torch.randperm(len(self.data)) if self.shuffle else torch.arange(len(self.data))
        for index in order.tolist():
            yield self.data[index]


def shapes(split="train", size=256, side=24):
    """Grey pictures with discs and squares on a noisy ground; the mask says background, disc or square."""
    g = generator(1 if split == "train" else 2)
    count = size if split == "train" else size // 4
    images = 0.2 * torch.randn(count, 1, side, side, generator=g)
    masks = torch.zeros(count, side, side, dtype=torch.long)
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    for i in range(count):
        for label in (1, 2):
            y, x = torch.randint(5, side - 5, (2,), generator=g).tolist()
            radius = int(torch.randint(3, 6, (1,), generator=g))
            inside = (
                (rows - y) ** 2 + (columns - x) ** 2 <= radius**2
                if label == 1
                else ((rows - y).abs() <= radius) & ((columns - x).abs() <= radius)
            )
            images[i, 0][inside] += 1.0 if label == 1 else -1.0
            masks[i][inside] = label
    return TensorDataset(images, masks)


def friedman(split="train", size=1200, offset=250.0, scale=10.0):
    """Friedman's first regression problem; the targets lie far from zero, as prices do."""
    g = generator(3 if split == "train" else 4)
    count = size if split == "train" else size // 4
    x = torch.rand(count, 10, generator=g)
    y = 10 * torch.sin(math.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    y = offset + scale * (y + 0.5 * torch.randn(count, generator=g))
    return TensorDataset(x, y.unsqueeze(1))


def waves(split="train", size=900, length=128):
    """Noisy signals of three kinds: sine, square and saw tooth, of any phase and frequency."""
    g = generator(5 if split == "train" else 6)
    count = size if split == "train" else size // 3
    labels = torch.randint(0, 3, (count,), generator=g)
    time = torch.linspace(0, 1, length)
    frequency = 3 + 5 * torch.rand(count, 1, generator=g)
    phase = torch.rand(count, 1, generator=g)
    turns = frequency * time + phase
    kinds = torch.stack(
        [torch.sin(2 * math.pi * turns), torch.sin(2 * math.pi * turns).sign(), 2 * (turns % 1) - 1]
    )
    signals = kinds[labels, torch.arange(count)] + 0.4 * torch.randn(count, length, generator=g)
    return TensorDataset(signals.unsqueeze(1), labels)


def brackets(split="train", size=1500, length=16):
    """Sequences of numbers 1 to 8; the label is the most frequent of 1, 2, 3 and 4."""
    g = generator(7 if split == "train" else 8)
    count = size if split == "train" else size // 4
    labels = torch.randint(0, 4, (count,), generator=g)
    tokens = torch.randint(1, 9, (count, length), generator=g)
    extra = torch.rand(count, length, generator=g) < 0.4
    tokens = torch.where(extra, labels.unsqueeze(1) + 1, tokens)
    return TensorDataset(tokens, labels)


def sentences(split="train", size=500, length=32):
    """Windows of a toy text, and the same windows one letter on."""
    g = generator(9 if split == "train" else 10)
    who = ["the cat", "a dog", "my friend", "the teacher", "one bird"]
    does = ["likes", "sees", "finds", "wants", "never eats"]
    what = ["fish", "the garden", "a small house", "old books", "bread"]
    count = size if split == "train" else size // 4

    def pick(words):
        return words[int(torch.randint(0, len(words), (1,), generator=g))]

    text = "".join(f"{pick(who)} {pick(does)} {pick(what)}. " for _ in range(count * 2))
    letters = torch.tensor([LETTERS.index(letter) for letter in text])
    starts = torch.randint(0, len(letters) - length - 1, (count,), generator=g).tolist()
    windows = torch.stack([letters[s : s + length + 1] for s in starts])
    return TensorDataset(windows[:, :-1].contiguous(), windows[:, 1:].contiguous())


class Spelling(Dataset):
    """Strips of symbols of unequal width with gaps between; the target is the word of symbols."""

    def __init__(self, split="train", size=500, symbols=5):
        g = generator(11 if split == "train" else 12)
        patterns = torch.randn(symbols, 8, generator=generator(13))
        self.samples = []
        for _ in range(size if split == "train" else size // 4):
            word = torch.randint(0, symbols, (int(torch.randint(2, 6, (1,), generator=g)),), generator=g)
            columns = []
            for symbol in word.tolist():
                columns += [patterns[symbol]] * int(torch.randint(2, 5, (1,), generator=g))
                columns += [torch.zeros(8)] * int(torch.randint(1, 3, (1,), generator=g))
            strip = torch.stack(columns)
            self.samples.append(
                (strip + 0.3 * torch.randn(strip.shape, generator=g), word + 1)
            )  # 0 is the blank

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return self.samples[index]


def pad_strips(samples):
    """Collate strips and words of unequal length: (strips, words, lengths of strips, lengths of words)."""
    strips, words = zip(*samples, strict=True)
    return (
        torch.nn.utils.rnn.pad_sequence(strips, batch_first=True),
        torch.nn.utils.rnn.pad_sequence(words, batch_first=True),
        torch.tensor([len(s) for s in strips]),
        torch.tensor([len(w) for w in words]),
    )


def random_labels(size=96):
    """Labels that have nothing to do with the images: they can only be learnt by heart, which is the point."""
    g = generator(14)
    return TensorDataset(digits("train").images[:size], torch.randint(0, 4, (size,), generator=g))


def discs(split="train", size=240, side=24):
    """One bright disc a picture; the mask is 1 inside of it, as float [1, H, W]."""
    images, masks = shapes(split, size, side).tensors
    return TensorDataset(images, (masks == 1).float().unsqueeze(1))


def digit_and_ink(split="train"):
    """Two questions about one image: which digit, and how much ink (a sum of up to 40)."""
    data = digits(split)
    ink = data.images.sum((1, 2, 3))
    return [
        {"image": i, "digit": d, "ink": k} for i, d, k in zip(data.images, data.targets, ink, strict=True)
    ]


def counts(split="train", size=1000):
    """Counts whose rate depends on six numbers."""
    g = generator(15 if split == "train" else 16)
    count = size if split == "train" else size // 4
    x = torch.randn(count, 6, generator=g)
    rate = (1.5 + 0.6 * x[:, 0] - 0.5 * x[:, 1] * (x[:, 2] > 0)).exp()
    return TensorDataset(x, torch.poisson(rate, generator=g).unsqueeze(1))


def digit_loader(split="train", batch_size=50):
    """A finished loader, as many projects hand around."""
    return torch.utils.data.DataLoader(
        digits(split), batch_size=batch_size, shuffle=split == "train", drop_last=True
    )
