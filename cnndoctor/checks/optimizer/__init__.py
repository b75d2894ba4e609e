"""Checks of the family optimizer."""
