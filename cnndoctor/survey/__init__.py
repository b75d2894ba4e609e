"""A bounded pass over data sets: reading samples, streaming statistics, hashes, order, simple baselines."""
