"""Moments (客户朋友圈): planned posts, what they may be made of, and what became of them."""
