"""The files of a workspace: how they are read, and followed while people edit them."""
