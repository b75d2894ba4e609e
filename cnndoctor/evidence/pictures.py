"""Samples that a report points at, as pictures of a few hundred pixels: what a person wants to see of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePicture:
    """One sample, read once more.

    Attributes:
        split: train or validation.
        index: Its index in the data set.
        label: Its label, by name where the data set tells; empty when it has none.
        file: Its file or name, where the data set knows it.
        png: A PNG of at most 64 × 64 pixels, in base64; its values stretched to the full range.
        width: Pixels.
        height: Pixels.
    """

    split: str
    index: int
    label: str = ""
    file: str = ""
    png: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturesEvidence:
    """The pictures of one examination, at most 24; read after judging, of the samples that causes name and the worst ones."""

    pictures: tuple[SamplePicture, ...] = ()
