"""Checks of the family activations."""
