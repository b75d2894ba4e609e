"""Sort short forum posts into four topics: bag of embeddings."""

import random
from collections import Counter

import torch
from torch import nn
from torch.utils.data import Dataset

FILLER = """the a and i we it is was to of in on for with my this that you have not but so very really
just when then about more some what can do does get got one two time day today"""
TOPICS = {
    "cooking": """oven dough butter salt recipe onion garlic pan soup bake flour sugar spoon pasta sauce cheese taste
kitchen boil simmer""",
    "sport": """match goal team coach league run race win lost score ball player training season injury track swim
marathon referee stadium""",
    "travel": """train hotel flight ticket beach city luggage passport tour museum island bus map border hostel mountain
trip visa airport harbour""",
    "computers": """laptop driver screen keyboard install update file error memory disk python code server browser crash
password cable printer network backup""",
}


def write_post(rng, topic):
    own = TOPICS[topic].split()
    other = TOPICS[rng.choice(list(TOPICS))].split()
    words = [rng.choice(FILLER.split()) for _ in range(rng.randint(5, 12))]
    words += [rng.choice(own) for _ in range(rng.randint(2, 5))]
    words += [rng.choice(other)]
    rng.shuffle(words)
    return " ".join(words)


def corpus(n, seed):
    rng = random.Random(seed)
    names = list(TOPICS)
    labels = [rng.randrange(4) for _ in range(n)]
    return [write_post(rng, names[k]) for k in labels], labels


def build_vocab(texts):
    counter = Counter()
    for text in texts:
        counter.update(text.lower().split())
    return {"<pad>": 0, "<unk>": 1} | {w: i + 2 for i, (w, _) in enumerate(counter.most_common(150))}


def vocab_of(n, seed):
    return build_vocab(corpus(n, seed)[0])


class Posts(Dataset):
    def __init__(self, n, seed, vocab=None, maxlen=20):
        self.texts, self.labels = corpus(n, seed)
        self.vocab = vocab or build_vocab(self.texts)
        self.maxlen = maxlen

    def __len__(self):
        return len(self.texts)

    def __getitem__(self, i):
        ids = [self.vocab.get(w, 1) for w in self.texts[i].split()][: self.maxlen]
        ids = ids + [0] * (self.maxlen - len(ids))
        return torch.tensor(ids), self.labels[i]


class TextClassifier(nn.Module):
    def __init__(self, vocab_size=152, emb=32):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, emb, padding_idx=0)
        self.conv = nn.Conv1d(emb, 48, 3, padding=1)
        self.drop = nn.Dropout(0.3)
        self.fc = nn.Linear(48, 4)

    def forward(self, text):
        x = self.emb(text).permute(0, 2, 1)
        x = torch.relu(self.conv(x)).amax(dim=2)
        return self.fc(self.drop(x))
