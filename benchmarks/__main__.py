"""`python -m benchmarks [NAME …] [--json FILE]`: all benchmarks, or those named."""

import argparse
import asyncio
import importlib
import json
import logging
import os
import platform
from dataclasses import asdict
from pathlib import Path

from benchmarks import compiled
from benchmarks.figures import Section, show
from benchmarks.processes import stay_off_first_core

NAMES = (
    "opening",
    "ingest",
    "reply",
    "forms",
    "dispatch",
    "welcome",
    "footprint",
    "kills",
    "reload",
    "matching",
    "touches",
    "customers",
    "pages",
    "stores",
)


def main() -> None:
    # A connection that a kill cuts is no news here.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument(
        "--compiled", action="store_true", help="what `make fast` made, in every process"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(NAMES):
        parser.error(f"no benchmark {min(unknown)!r}; there are: {', '.join(NAMES)}")
    if arguments.compiled:
        if not compiled.environ():
            parser.error("there is no compiled form of just these sources: make fast")
        os.environ.update(compiled.environ())
        print("the engine compiled: build/fast")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    stay_off_first_core()
    found = [measure(name) for name in arguments.names or NAMES]
    if arguments.json:
        arguments.json.write_text(json.dumps(found, ensure_ascii=False, indent=1), "utf-8")


def measure(name: str) -> dict[str, object]:
    section: Section = asyncio.run(importlib.import_module(f"benchmarks.{name}").run())
    show(section)
    return {"benchmark": name, **asdict(section)}


if __name__ == "__main__":
    main()
