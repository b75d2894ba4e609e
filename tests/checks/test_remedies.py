"""Every technique that is a remedy and never a fault stands in *How to fix* of a check that it helps, with when or how."""

import re

import pytest

from cnndoctor.catalogue import by_id

REMEDIES = {
    "mirror": ("too-little-data", "mirror where"),
    "rotate": ("too-little-data", "rotate by"),
    "crop": ("too-little-data", "crop and shift by"),
    "scale": ("too-little-data", "scale by"),
    "noise": ("too-little-data", "noise as strong as"),
    "elastic": ("too-little-data", "elastic distortions for"),
    "augmentation where it overfits": ("overfitting", "augmentation (what keeps the label"),
    "ensembles": ("overfitting", "ensemble: the mean of"),
    "ensembles of seeds": ("seed-sensitive", "An ensemble of several seeds"),
    "hyper-parameter search": ("underfitting", "hyper-parameter search: random draws"),
    "other seeds": ("seed-sensitive", "Try other seeds, three at least"),
    "strided convolution": ("pooling-in-dense-prediction", "strided convolution for pooling, which"),
    "strided convolution where the place matters": ("aligned-inputs", "strided convolution for pooling"),
    "autoencoder pretraining": ("too-little-data", "autoencoder pretraining on all inputs"),
    "autoencoder where nothing pretrained fits": ("transfer-not-used", "an autoencoder"),
    "embeddings from other models": ("transfer-not-used", "embeddings from another model: run it once"),
    "embeddings for categories": (
        "oversized-dense-layer",
        "embeddings for high-cardinality categories: ``nn.Embedding``",
    ),
    "knowledge distillation": ("slow-hardware-use", "knowledge distillation: train a small one"),
    "data-parallel training": ("slow-hardware-use", "data-parallel training (``DistributedDataParallel``"),
    "data-parallel for larger batches": ("noisy-gradients", "data-parallel training adds the batches"),
    "more data": ("too-little-data", "more data is what helps most"),
}


@pytest.mark.parametrize(("check", "words"), REMEDIES.values(), ids=REMEDIES)
def test_stands_in_how_to_fix(check: str, words: str) -> None:
    """The page says when the technique helps, or how it is done."""
    remedy = by_id(check).page.split("How to fix:")[1].split("When it is not a fault:")[0]
    assert words in re.sub(r"\s+", " ", remedy)
