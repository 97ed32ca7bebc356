"""The parts that app.py joins: a common ground, and on it groups of what belongs together."""
