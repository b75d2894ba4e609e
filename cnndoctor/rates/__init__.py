"""Learning rates: one sweep, the band read from it, and writing a rate into a config."""
