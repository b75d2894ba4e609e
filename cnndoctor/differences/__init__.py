"""Gradients held against differences: the double copy, every tensor checked, and whose backward differs."""
