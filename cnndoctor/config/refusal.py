"""Refuses, at the line of its key, what an experiment file asks for and what came out unusable."""

from __future__ import annotations

from cnndoctor.config.config import Config
from cnndoctor.errors import ConfigError, Problem


def refusal(config: Config, key: str, message: str, hint: str = "", *, told: str = "") -> ConfigError:
    """Return the refusal of a key at its line, or of what was told on the command line in its stead.

    Args:
        config: The experiment file.
        key: Dotted path of the key.
        message: What is wrong with it, one sentence.
        hint: What to do about it.
        told: The option and its value, for example ``--device cuda:7``; empty where the file says it.
    """
    if told:
        return ConfigError((Problem(message=message, file=told, key=key, hint=hint),))
    line, column = config.lines.get(key, (0, 0))
    return ConfigError(
        (Problem(message=message, file=str(config.path), line=line, column=column, key=key, hint=hint),)
    )


def kind_of(value: object) -> str:
    """Return what a factory gave, in words."""
    return "nothing (None)" if value is None else f"an object of type {type(value).__name__}"
