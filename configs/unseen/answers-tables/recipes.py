"""What a cook will think of a recipe: matrix factorisation with biases."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

N_COOKS, N_RECIPES = 250, 180


class Ratings(Dataset):
    """Rows of the table of ratings; which rows go where is drawn once for both splits."""

    def __init__(self, train, seed=0, known=24_000):
        rng = np.random.default_rng(seed)
        cooks, recipes = rng.normal(size=(N_COOKS, 3)), rng.normal(size=(N_RECIPES, 3))
        scores = (
            3.2
            + 0.55 * cooks @ recipes.T
            + 0.4 * rng.normal(size=(N_COOKS, 1))
            + 0.4 * rng.normal(size=N_RECIPES)
        )
        scores += rng.normal(0, 0.25, scores.shape)
        cells = rng.permutation(N_COOKS * N_RECIPES)[:known]
        cells = cells[: known * 5 // 6] if train else cells[known * 5 // 6 :]
        self.pairs = torch.tensor(np.stack([cells // N_RECIPES, cells % N_RECIPES], 1))
        self.scores = torch.tensor(scores.flatten()[cells]).float()

    def __len__(self):
        return len(self.scores)

    def __getitem__(self, i):
        return self.pairs[i], self.scores[i]


class MatrixFactorization(nn.Module):
    def __init__(self, n_factors=4):
        super().__init__()
        self.user_factors = nn.Embedding(N_COOKS, n_factors)
        self.item_factors = nn.Embedding(N_RECIPES, n_factors)
        self.user_biases = nn.Embedding(N_COOKS, 1)
        self.item_biases = nn.Embedding(N_RECIPES, 1)
        self.offset = nn.Parameter(torch.tensor(3.0))
        for table in (self.user_factors, self.item_factors, self.user_biases, self.item_biases):
            nn.init.normal_(table.weight, 0, 0.3)

    def forward(self, pairs):
        user, item = pairs[:, 0], pairs[:, 1]
        pred = self.user_biases(user) + self.item_biases(item)
        pred += (self.user_factors(user) * self.item_factors(item)).sum(1, keepdim=True)
        return pred.squeeze(1) + self.offset
