"""What the outbox holds goes out: in order, allowed once more, and settled."""
