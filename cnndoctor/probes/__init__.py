"""Probes: context managers and functions that measure a live model and leave it as it was."""
