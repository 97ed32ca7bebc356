"""WeCom's client, to try things on: chats, and pages of ours beside them, in a browser."""
