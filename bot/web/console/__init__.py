"""The console: what operators, leaders and admins work with at a desk."""
