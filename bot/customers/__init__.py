"""What is known of customers while events are handled, and whom nobody must forget."""
