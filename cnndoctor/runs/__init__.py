"""What a run leaves on disk, and judging it again."""
