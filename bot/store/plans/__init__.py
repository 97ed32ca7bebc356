"""Plans: their messages put into the table, taken back, tried out on a copy."""
