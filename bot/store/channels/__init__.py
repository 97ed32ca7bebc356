"""Channel codes (渠道活码), and tags given by rules."""
