"""Pieces of screens: lists to choose from, fields, rows of steps."""
