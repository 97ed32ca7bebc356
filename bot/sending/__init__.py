"""Sending what the outbox holds: in order, checked once more, and settled."""
