"""Scores submissions, lets people review essays, and releases results."""
