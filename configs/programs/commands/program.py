"""Which words of a spoken command name a room, a device or a time: a bidirectional GRU that tags padded sentences."""

import torch
from torch import nn
from torch.utils.data import Dataset

WORDS = 30  # number 0 is padding
TAGS = 5  # other, action, device, room, time
PAD_TAG = -100


def sentences(count, seed):
    """Return padded words [N, 14], tags [N, 14] and lengths [N]; what a word means depends on what stands before it."""
    draw = torch.Generator().manual_seed(seed)
    words = torch.randint(1, WORDS, (count, 14), generator=draw)
    lengths = torch.randint(5, 15, (count,), generator=draw)
    tags = torch.zeros(count, 14, dtype=torch.long)
    tags[words < 5] = 1
    for place in range(1, 14):
        before, own = words[:, place - 1], words[:, place]
        named = (own >= 15) & (tags[:, place] == 0)
        tags[named & (before < 5), place] = 2
        tags[named & (before >= 5) & (before < 10), place] = 3
        tags[named & (tags[:, place - 1] >= 2), place] = 4
    outside = torch.arange(14) >= lengths.unsqueeze(1)
    words[outside], tags[outside] = 0, PAD_TAG
    return words, tags, lengths


class Commands(Dataset):
    """Sentences as mappings of words, tags and length.

    Args:
        split: train or validation.
        mislabelled: Share of the tagged words that an annotator tagged at random.
        shifted: The tags are read from the annotation with the sentence's start marker still in it.
    """

    def __init__(self, split, mislabelled=0.0, shifted=False):
        self.words, self.tags, self.lengths = sentences(
            900 if split == "train" else 300, 1 + (split != "train")
        )
        if mislabelled:
            draw = torch.Generator().manual_seed(9)
            wrong = (torch.rand(self.tags.shape, generator=draw) < mislabelled) & (self.tags != PAD_TAG)
            self.tags[wrong] = torch.randint(0, TAGS, (int(wrong.sum()),), generator=draw)
        if shifted:
            self.tags = self.tags.roll(1, dims=0)
            self.tags[self.words == 0] = PAD_TAG
            self.tags[(self.words != 0) & (self.tags == PAD_TAG)] = 0

    def __len__(self):
        return len(self.words)

    def __getitem__(self, index):
        return {"words": self.words[index], "tags": self.tags[index], "length": self.lengths[index]}


class Tagger(nn.Module):
    """Embedding, bidirectional GRU, linear head.

    Args:
        size: Width of the GRU's state, in each direction.
        batch_first: How the GRU reads its input.
        trainable: Whether the embedding and the GRU learn.
        dropout: On the embedded words.
    """

    def __init__(self, size=32, batch_first=True, trainable=True, dropout=0.1):
        super().__init__()
        self.embed = nn.Embedding(WORDS, 16, padding_idx=0)
        self.dropout = nn.Dropout(dropout)
        self.gru = nn.GRU(16, size, batch_first=batch_first, bidirectional=True)
        self.head = nn.Linear(2 * size, TAGS)
        if not trainable:
            for parameter in [*self.embed.parameters(), *self.gru.parameters()]:
                parameter.requires_grad_(False)

    def forward(self, words):
        states, _ = self.gru(self.dropout(self.embed(words)))
        return self.head(states)


class DetachedTagger(Tagger):
    """The tagger with its states copied out of the recurrent layer before the head."""

    def forward(self, words):
        embedded = self.dropout(self.embed(words))
        states = torch.zeros(*words.shape, self.head.in_features)
        states.data[:] = self.gru(embedded)[0].data
        return self.head(states)


def tag_step(model, batch, loss):
    """Tag every word; padding is left out by the loss."""
    scores = model(batch["words"]).transpose(1, 2)
    return {"loss": loss(scores, batch["tags"]), "outputs": scores, "targets": batch["tags"]}


def head_only(model, lr):
    """Return Adamax over the head."""
    return torch.optim.Adamax(model.head.parameters(), lr=lr)
