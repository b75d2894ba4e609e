"""The watched training run and the paired runs after a bad one."""
