"""What a company knows of each customer, and by which rules (config/customers.toml)."""
