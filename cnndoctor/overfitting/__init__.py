"""Memorising a tiny subset: which samples, and the ladder of changes when it fails."""
