"""Speed, memory and kills, beside peers in the same run: `make bench`, never timed in tests."""
