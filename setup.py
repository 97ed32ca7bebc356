"""The wheel carries a workspace as data, for `huashu init`; the rest is in pyproject.toml."""

from pathlib import Path
from shutil import copy2, copytree, ignore_patterns, rmtree

from setuptools import setup
from setuptools.command.build_py import build_py

PARTS = ("handlers", "scripts_library", "config", ".env.example")


class BuildWithWorkspace(build_py):
    def run(self) -> None:
        super().run()
        if self.editable_mode:  # the checkout is a workspace itself
            return
        target = Path(self.build_lib, "bot", "_workspace")
        rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for part in map(Path, PARTS):
            if part.is_dir():
                copytree(part, target / part, ignore=ignore_patterns("__pycache__"))
            else:
                copy2(part, target / part)


setup(cmdclass={"build_py": BuildWithWorkspace})
