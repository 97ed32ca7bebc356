"""What pages and commands tell people, in Chinese and English."""
