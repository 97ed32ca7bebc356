"""Scripts (话术): versions, uses, and what was asked and answered, or not."""
