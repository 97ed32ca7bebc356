"""Customers (客户): who they are, what is known of them, what was said and happened."""
