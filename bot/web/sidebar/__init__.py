"""The sidebar, which sales staff see beside a chat in WeCom."""
