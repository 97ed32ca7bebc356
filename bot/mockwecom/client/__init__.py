"""WeCom's client for trying things out: in a browser, chats with our pages beside them."""
