"""Checks of the family initialization."""
