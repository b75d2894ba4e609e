"""The parts of the clinic's scoreboard: cases, examinations, scores, baselines and the page made of them."""
