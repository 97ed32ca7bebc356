"""Channel codes (渠道活码): where customers come from, how they are greeted, who stays."""
