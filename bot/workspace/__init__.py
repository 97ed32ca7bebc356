"""A company's folder: laid out, opened, and what is wrong with its handlers."""
