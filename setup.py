"""The wheel carries a workspace as data, for `huashu init`; the rest is in pyproject.toml.

With COMPILE_HUASHU=1 the modules below become machine code by mypyc: from the same sources, and
with the same results. See docs/performance.md.
"""

import os
import sys
from pathlib import Path
from shutil import copy2, copytree, ignore_patterns, rmtree

from setuptools import Extension, setup
from setuptools.command.build_py import build_py

PARTS = ("handlers", "scripts_library", "config", ".env.example")
COMPILE = os.environ.get("COMPILE_HUASHU") == "1"
# None of what waits for the network: compiled, the process ended at the first callback (mypy 2.4).
COMPILED = (
    *("outcome", "reasons"),
    *(f"scripts/{name}" for name in (
        "counter", "follow_up", "judging", "matcher", "normalise", "parts", "ranking", "rules",
    )),
    *(f"scripts/matching/{name}" for name in (
        "deeds", "features", "finder", "gathering", "index", "model", "pinyin", "postings",
        "terms", "topics", "weights", "wordings",
    )),
    *(f"scripts/recognise/{name}" for name in ("cues", "recogniser", "text")),
    *("sending/clearance", "sending/settlement", "touch/pace"),
    *(f"wecom/{name}" for name in (
        "compose", "crypto", "document", "fields", "payload", "payload_json", "payload_xml",
    )),
)  # fmt: skip


class BuildWithWorkspace(build_py):
    def run(self) -> None:
        # What an earlier version left there would be packed again, its migrations too.
        rmtree(Path(self.build_lib, "bot"), ignore_errors=True)
        super().run()
        if self.editable_mode:  # the checkout is a workspace itself
            return
        target = Path(self.build_lib, "bot", "_workspace")
        target.mkdir(parents=True)
        for part in map(Path, PARTS):
            if part.is_dir():
                copytree(part, target / part, ignore=ignore_patterns("__pycache__"))
            else:
                copy2(part, target / part)


def extensions() -> list[Extension]:
    if not COMPILE or "egg_info" in sys.argv:  # then only asked for what to install first
        return []
    from mypyc.build import mypycify

    # the types of other libraries are not looked up: what is C there is often told as Python
    options = ["--config-file=", "--no-site-packages", "--ignore-missing-imports"]
    sources = [f"bot/{name}.py" for name in COMPILED]
    found: list[Extension] = mypycify(
        [*options, "--follow-imports=silent", *sources], opt_level="3", group_name="huashu"
    )
    if sys.platform != "win32":
        for one in found:  # two steps shall not become one that rounds once, as on ARM
            one.extra_compile_args.append("-ffp-contract=off")
    return found


setup(
    cmdclass={"build_py": BuildWithWorkspace},
    ext_modules=extensions(),
    setup_requires=["mypy>=2.4,<3"] if COMPILE else [],
)
