"""A member leaves or goes on leave: who gets what, and whose it is meanwhile."""
