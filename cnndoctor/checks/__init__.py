"""The checks: one file each; a folder is a family and holds no logic."""
