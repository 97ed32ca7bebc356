"""The sidebar: what sales staff have beside a chat in WeCom."""
