"""Checks of the family gradients."""
