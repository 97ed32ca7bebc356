"""The pages of scripts: list, editor, history, import and export."""
