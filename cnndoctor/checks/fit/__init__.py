"""Checks of the family fit."""
