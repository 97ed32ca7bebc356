"""Worksheets, read and written."""
