"""Stores (门店), and one task of many of them."""
