# Sequence tagging with a packed BiLSTM.
import random

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

TITLES = ["mr", "mrs", "dr"]
NAMES = ["king", "baker", "smith", "rose", "hill", "brook", "stone", "young", "may"]
PLACES = ["town", "street", "river", "lake", "road"]
VERBS = ["saw", "met", "left", "likes", "sold"]
FILL = ["the", "a", "old", "big", "near", "in", "to", "and", "with", "red", "then", "today"]
WORDS = ["<pad>", *TITLES, *NAMES, *PLACES, *VERBS, *FILL]
TAGS = ["O", "PER", "LOC", "VERB"]
w2i = {w: i for i, w in enumerate(WORDS)}


def make_sentence(rng):
    """The same word is a person after a title, a place before a place word, and nothing else otherwise."""
    out = []
    for _ in range(rng.randint(1, 4)):
        kind = rng.random()
        name = rng.choice(NAMES)
        if kind < 0.3:
            out += [(rng.choice(TITLES), 0), (name, 1)]
            if rng.random() < 0.3:
                out.append((rng.choice(NAMES), 1))
        elif kind < 0.6:
            out += [("the", 0), (name, 2), (rng.choice(PLACES), 2)]
        elif kind < 0.8:
            out += [(rng.choice(["red", "old", "big"]), 0), (name, 0)]
        out.append((rng.choice(VERBS), 3) if rng.random() < 0.5 else (rng.choice(FILL), 0))
    return out


def load_corpus(n, seed):
    rng = random.Random(seed)
    data = []
    for _ in range(n):
        sent = make_sentence(rng)
        tags = [t if rng.random() > 0.02 else rng.randrange(4) for _, t in sent]  # annotators slip
        data.append((torch.tensor([w2i[w] for w, _ in sent]), torch.tensor(tags)))
    return data


def collate(items):
    words, tags = zip(*items, strict=False)
    lengths = torch.tensor([len(w) for w in words])
    return {
        "words": pad_sequence(words, batch_first=True),
        "lengths": lengths,
        "tags": pad_sequence(tags, batch_first=True, padding_value=-1),
    }


class BiLSTMTagger(nn.Module):
    def __init__(self, emb=24, hid=32):
        super().__init__()
        self.emb = nn.Embedding(len(WORDS), emb, padding_idx=0)
        self.drop = nn.Dropout(0.2)
        self.lstm = nn.LSTM(emb, hid, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hid, len(TAGS))

    def forward(self, words, lengths):
        packed = pack_padded_sequence(
            self.drop(self.emb(words)), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        h, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=words.size(1))
        return self.out(self.drop(h))


def tagging_step(model, batch, loss):
    logits = model(batch["words"], batch["lengths"])
    real = batch["tags"] != -1
    outputs, targets = logits[real], batch["tags"][real]
    return {"loss": loss(outputs, targets), "outputs": outputs, "targets": targets}
