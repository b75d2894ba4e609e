"""Learning rates: what is planned, sweeps and the band read from them, short runs, and writing a rate into a config."""
