"""A member leaves, goes on leave or is gone from WeCom: who gets what, for good or meanwhile."""
