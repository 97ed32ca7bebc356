"""Touches: what was planned for whom, what became of it, and what it took of the caps."""
