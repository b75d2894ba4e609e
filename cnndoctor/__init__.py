"""cnndoctor tells why a PyTorch training run does not train, and what to change."""

__version__ = "0.1.0"

__all__ = ["__version__"]
