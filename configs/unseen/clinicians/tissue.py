"""Label each pixel of a slide as ground, round cell or fibre, with a U-Net of two levels."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import Dataset

SIZE = 32
yy, xx = np.mgrid[:SIZE, :SIZE]


def make_slide(rs):
    image = rs.normal(0.8, 0.05, (SIZE, SIZE))
    mask = np.zeros((SIZE, SIZE), dtype=np.int64)
    for _ in range(rs.randint(1, 3)):
        a, c = rs.uniform(-0.6, 0.6), rs.randint(4, SIZE - 4)
        fibre = abs(yy - c - a * (xx - 16)) < 2.5
        image[fibre] = 0.55 + 0.12 * np.sin(xx[fibre] * 1.6)
        mask[fibre] = 2
    for _ in range(rs.randint(2, 5)):
        r, cy, cx = rs.uniform(3, 6), *rs.randint(3, SIZE - 3, 2)
        cell = (yy - cy) ** 2 + (xx - cx) ** 2 < r * r
        image[cell] = rs.uniform(0.2, 0.4)
        mask[cell] = 1
    image = image + rs.normal(0, 0.03, image.shape)
    return image.astype(np.float32)[None], mask


class TissueData(Dataset):
    classes = ("ground", "cell", "fibre")

    def __init__(self, count, random_state):
        rs = np.random.RandomState(random_state)
        self.slides = [make_slide(rs) for _ in range(count)]

    def __len__(self):
        return len(self.slides)

    def __getitem__(self, i):
        image, mask = self.slides[i]
        return torch.from_numpy(image), torch.from_numpy(mask)


def double_conv(cin, cout):
    return nn.Sequential(
        nn.Conv2d(cin, cout, 3, padding=1),
        nn.BatchNorm2d(cout),
        nn.ReLU(inplace=True),
        nn.Conv2d(cout, cout, 3, padding=1),
        nn.BatchNorm2d(cout),
        nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    def __init__(self, n_class=3):
        super().__init__()
        self.dconv_down1 = double_conv(1, 8)
        self.dconv_down2 = double_conv(8, 16)
        self.dconv_up1 = double_conv(24, 8)
        self.conv_last = nn.Conv2d(8, n_class, 1)

    def forward(self, x):
        conv1 = self.dconv_down1(x)
        x = self.dconv_down2(F.max_pool2d(conv1, 2))
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
        return self.conv_last(self.dconv_up1(torch.cat([x, conv1], dim=1)))


def train_batch(model, batch, criterion):
    images, masks = batch
    pred = model(images)
    pred = pred.view(-1, 3)
    masks = masks.view(-1)
    return {"loss": criterion(pred, masks), "outputs": pred, "targets": masks}


def train_batch_v2(model, batch, criterion):
    images, masks = batch
    pred = model(images)
    pred = pred.permute(0, 2, 3, 1).contiguous().view(-1, 3)
    masks = masks.view(-1)
    return {"loss": criterion(pred, masks), "outputs": pred, "targets": masks}
