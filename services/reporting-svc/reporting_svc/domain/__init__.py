"""Pure rules of reporting: facts in, summaries out. Order and repetition of the facts make no difference."""
