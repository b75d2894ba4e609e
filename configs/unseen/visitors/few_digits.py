"""Four hundred digits only, copied to three channels for a net that wants RGB; strong augmentation and strong dropout."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset, Subset

from cnndoctor.datasets import digits

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


class RGB(Dataset):
    def __init__(self, split, keep=None, augment=False):
        base = digits(split=split)
        self.base = base if keep is None else Subset(base, range(keep))
        self.augment = augment

    def __len__(self):
        return len(self.base)

    def __getitem__(self, i):
        img, label = self.base[i]
        if self.augment:
            angle, zoom = 0.25 * (2 * torch.rand(()) - 1), 0.85 + 0.3 * torch.rand(())
            c, s = angle.cos() * zoom, angle.sin() * zoom
            move = 0.2 * (2 * torch.rand(2) - 1)
            theta = torch.stack([torch.stack([c, -s, move[0]]), torch.stack([s, c, move[1]])])[None]
            img = F.grid_sample(
                img[None], F.affine_grid(theta, [1, 1, 8, 8], align_corners=False), align_corners=False
            )[0]
            if torch.rand(()) < 0.5:  # random erasing
                y, x = torch.randint(0, 7, (2,)).tolist()
                img[:, y : y + 2, x : x + 2] = torch.rand(())
        return (img.repeat(3, 1, 1) - MEAN) / STD, label


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.drop2d = nn.Dropout2d(0.1)
        self.fc1 = nn.Linear(64 * 4, 96)
        self.fc2 = nn.Linear(96, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = self.drop2d(F.max_pool2d(F.relu(self.conv2(x)), 2))
        x = F.dropout(F.relu(self.fc1(x.flatten(1))), 0.5, self.training)
        return self.fc2(x)
