"""A disk whose every sync takes a millisecond more, as a plain cloud disk's does."""

import asyncio
import shutil
import sys
from pathlib import Path

SOURCE = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
static int slow(const char *name, int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    usleep(1000);
    return real(file);
}
int fsync(int file) { return slow("fsync", file); }
int fdatasync(int file) { return slow("fdatasync", file); }
"""


async def slow_disk(folder: Path) -> dict[str, str] | None:
    """The environment of a process on such a disk; None where it cannot be had."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    source, shim = folder / "slow.c", folder / "slow.so"
    source.write_text(SOURCE)
    arguments = ("-shared", "-fPIC", "-O2", "-o", str(shim), str(source), "-ldl")
    made = await asyncio.create_subprocess_exec(compiler, *arguments)
    return {"LD_PRELOAD": str(shim)} if await made.wait() == 0 else None
