"""Plans: putting their messages into the table, taking them back, trying them out on a copy."""
