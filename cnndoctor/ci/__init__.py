"""Gating configs in CI: baseline, result cache, what changed since a revision."""
