"""Stores (门店): what each is called, who works there, and how it speaks."""
