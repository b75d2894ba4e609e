"""The user's program in motion: its batches and task, a session of it, deliberate changes to it, its scores."""
