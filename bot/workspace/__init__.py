"""A company's folder: laid out, opened, changed by pages, and what is wrong with its handlers."""
