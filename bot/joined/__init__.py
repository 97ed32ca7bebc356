"""What app.py joins: the ground for every part, and on it what belongs together."""
