"""What an examination costs: the parts of ``scripts/bench.py``, one for each kind of row."""
