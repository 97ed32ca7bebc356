"""A member leaves, takes leave or is gone from WeCom: who gets what, whose it is meanwhile."""
