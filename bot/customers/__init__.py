"""Customers while events are handled, and those who must not be forgotten."""
