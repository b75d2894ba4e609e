"""One batch seen closely: the first pass, control experiments, structure, output and loss, and real steps."""
