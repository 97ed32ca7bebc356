"""The files of a workspace: how they are read, followed while people edit them, and changed."""
