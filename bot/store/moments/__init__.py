"""Moments (客户朋友圈)."""
