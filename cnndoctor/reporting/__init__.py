"""From judged evidence to a report: summary, charts, renderings, exit code."""
