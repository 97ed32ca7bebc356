"""Tags that customers get by rules of the company (config/tagging.toml)."""
