"""The article, one file for every thing it makes. The order follows from what each step needs."""
