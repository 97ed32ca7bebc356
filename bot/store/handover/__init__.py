"""Handovers (交接): who leaves, and who gets what."""
