"""What a company knows about each customer, and by which rules (config/customers.toml)."""
