"""The console, with which operators, leaders and admins work at a desk."""
