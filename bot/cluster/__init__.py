"""Several processes that share the work, on one PostgreSQL and one stream of NATS."""
