"""What several checks read off the evidence alike: depth profiles, trial gains, noise, success. No torch."""
