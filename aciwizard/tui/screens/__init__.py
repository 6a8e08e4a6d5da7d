"""One question, one file. Screens know nothing of each other."""
