"""Fetches the browser files of other projects: `make vendor` runs `python -m bot.web.vendor`.

They come from the npm registry that `npm` is set to, and are never changed. Files and licences are
listed in static/vendor/vendored.toml, against which a test checks them.
"""

import subprocess
import tarfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

FOLDER = Path(__file__).parent / "static" / "vendor"
RECORD = FOLDER / "vendored.toml"
HEAD = """\
# Files of other projects, unchanged. `make vendor` fetches them anew and writes this file.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    name: str
    version: str
    licence: str
    file: str  # its path in the package
    as_file: str  # its name here


PACKAGES = (
    Package(
        name="@wecom/jssdk", version="2.4.4", licence="MIT",
        file="dist/wecom.global.prod.js", as_file="wecom.js",
    ),
    Package(
        name="weui", version="2.6.26", licence="MIT",
        file="dist/style/weui.min.css", as_file="weui.css",
    ),
    Package(
        name="htmx.org", version="2.0.11", licence="0BSD",
        file="dist/htmx.min.js", as_file="htmx.js",
    ),
    Package(
        name="uplot", version="1.6.32", licence="MIT",
        file="dist/uPlot.iife.min.js", as_file="uplot.js",
    ),
    Package(
        name="uplot", version="1.6.32", licence="MIT",
        file="dist/uPlot.min.css", as_file="uplot.css",
    ),
)  # fmt: skip


def fetch(package: Package) -> bytes:
    """The file, unchanged, from the package."""
    with TemporaryDirectory() as folder:
        asked = f"{package.name}@{package.version}"
        subprocess.run(
            ["npm", "pack", asked, "--silent", "--pack-destination", folder],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        (packed,) = Path(folder).iterdir()
        with tarfile.open(packed) as archive:
            member = archive.extractfile(f"package/{package.file}")
            assert member is not None  # it is a file
            return member.read()


def described(package: Package, content: bytes) -> str:
    return (
        f'\n["{package.as_file}"]\n'
        f'package = "{package.name}"\nversion = "{package.version}"\n'
        f'licence = "{package.licence}"\nfile = "{package.file}"\n'
        f'sha256 = "{sha256(content).hexdigest()}"\n'
    )


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    record = HEAD
    for package in PACKAGES:
        content = fetch(package)
        (FOLDER / package.as_file).write_bytes(content)
        record += described(package, content)
    RECORD.write_text(record, "utf-8")


if __name__ == "__main__":
    main()
