"""Touches: what was planned for whom, what became of it, and how much of the caps it took."""
