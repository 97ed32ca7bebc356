"""Moments (客户朋友圈): planned posts, what they may contain, and what became of them."""
