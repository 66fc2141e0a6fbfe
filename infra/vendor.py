"""`python infra/vendor.py`: fetches the libraries of people's pages from the npm registry into chalicelib/pages/vendor.

Run by hand when a version here changes, and never at deploy: what it writes is kept in the repository. Every package is
pinned by version and by the SHA-512 of its archive; one that differs is not used. Nothing of a package is executed.
`--check` writes nothing, and fails when a kept file is not what this would write.
"""

import argparse
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENDORED = PROJECT / "chalicelib" / "pages" / "vendor"
AXE = PROJECT / "tests" / "browser" / "axe.js"


@dataclass(frozen=True)
class Package:
    """One package as the registry has it. sha512: of its archive, hexadecimal."""

    name: str
    version: str
    licence: str
    sha512: str


PREACT = Package(
    "preact",
    "11.2.0",
    "MIT",
    "fc77c723fecdf387ba1ab581277276f34cf798b6912620dc4af8ff03ecbfe006"
    "cb9cd0ffd549461ded6c47aa18b931b021dd273fb76a0d4f4e9cbc4c3d9ef106",
)
HTM = Package(
    "htm",
    "3.1.1",
    "Apache-2.0",
    "f7cdd5ca0f0dc1413b26467a3663aaa4267eb21d5b2afda2613954933956980e"
    "490f669c2a8c5de0a5716cc9b15fff399ad7dd9c399316834a720e43180bf135",
)
UPLOT = Package(
    "uplot",
    "1.6.32",
    "MIT",
    "2883159c6ebccefbb95d751b0b82d010f9e1c0ec41b8bc96d401eda66e882935"
    "c89a46cb824332fa369b8cb8122cc6ac36e186cd09bf7a9ded3a4c93c6989023",
)
FLAGS = Package(
    "country-flag-icons",
    "1.6.20",
    "MIT",
    "a72f098842b38e1630e873c9d0bed2c4b8026229b7e943d14d95f8dff92a1ae7"
    "940992d2be7aea022c16f07b5089bbabee67641505248ce81d2bea3ff4506d6b",
)
AXE_CORE = Package(
    "axe-core",
    "4.14.1",
    "MPL-2.0",
    "1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b73"
    "4f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5",
)
PACKAGES = (PREACT, HTM, UPLOT, FLAGS, AXE_CORE)

Files = Mapping[str, str]
"""The text files of one package by their paths in it."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python infra/vendor.py", description="Fetch the pages' libraries.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a kept file differs")
    options = parser.parse_args()
    wanted = _files({package.name: _fetch(package) for package in PACKAGES})
    if options.check:
        different = [path.name for path, text in wanted.items() if not path.exists() or path.read_text() != text]
        sys.stderr.writelines(f"differs: {name}\n" for name in different)
        return 1 if different else 0
    for path, text in wanted.items():
        path.write_text(text)
        sys.stderr.write(f"{path.relative_to(PROJECT)}\n")
    return 0


def _fetch(package: Package) -> Files:
    """Raises SystemExit when the registry's archive is not the one that is pinned."""
    wanted = f"{package.name}@{package.version}"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(  # noqa: S603
            ["npm", "pack", "--silent", "--ignore-scripts", wanted],  # noqa: S607
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (archive,) = Path(folder).glob("*.tgz")
        if hashlib.sha512(archive.read_bytes()).hexdigest() != package.sha512:
            sys.exit(f"{wanted} is not the archive that is pinned here")
        with tarfile.open(archive) as opened:
            return dict(_texts(opened))


def _texts(archive: tarfile.TarFile) -> list[tuple[str, str]]:
    found = []
    for member in archive.getmembers():
        name = member.name.partition("/")[2]
        file = archive.extractfile(member) if member.isfile() else None
        if file and (name == "LICENSE" or name.endswith((".js", ".mjs", ".css", ".svg"))):
            found.append((name, file.read().decode("utf-8").replace("\r\n", "\n")))
    return found


def _files(packages: Mapping[str, Files]) -> dict[Path, str]:
    """What is kept, by where."""
    preact, htm, uplot = packages["preact"], packages["htm"], packages["uplot"]
    return {
        VENDORED / "preact.js": _script(PREACT, preact["dist/preact.mjs"]),
        # A browser finds modules by their address, not by a package's name.
        VENDORED / "hooks.js": _script(
            PREACT, preact["hooks/dist/hooks.mjs"], lambda text: text.replace('from"preact"', 'from"./preact.js"')
        ),
        VENDORED / "htm.js": _script(HTM, htm["dist/htm.module.js"]),
        # The only minified form is a classic script that sets `uPlot`.
        VENDORED / "uplot.js": _script(
            UPLOT, uplot["dist/uPlot.iife.min.js"], lambda text: text.rstrip() + "\nexport default uPlot;\n"
        ),
        VENDORED / "uplot.css": _notice(UPLOT) + uplot["dist/uPlot.min.css"].rstrip() + "\n",
        VENDORED / "flags.svg": _sprite(packages["country-flag-icons"]),
        VENDORED / "LICENSES.txt": _licences(packages),
        AXE: packages["axe-core"]["axe.min.js"],
    }


def _script(package: Package, text: str, change: Callable[[str], str] = str) -> str:
    without_map = re.sub(r"\n?//# sourceMappingURL=.*", "", text)
    return f"{_notice(package)}{change(without_map).rstrip()}\n"


def _notice(package: Package) -> str:
    return f"/* {package.name} {package.version}, {package.licence}; see LICENSES.txt. */\n"


def _sprite(files: Files) -> str:
    """Every country's flag as a symbol of one file, by its two letters."""
    symbols = []
    for path, text in sorted(files.items()):
        if match := re.fullmatch(r"3x2/([A-Z]{2})\.svg", path):
            head, inside = _HEAD.split(text.strip(), maxsplit=1)[1:]
            symbols.append(f'<symbol id="{match[1]}" {head}>{inside.removesuffix("</svg>")}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


_HEAD = re.compile(r"""^.*?<svg\b[^>]*?(viewBox="[^"]*")[^>]*>""", re.DOTALL)


def _licences(packages: Mapping[str, Files]) -> str:
    shipped = [package for package in PACKAGES if package is not AXE_CORE]
    texts = (
        f"{package.name} {package.version}\n\n{packages[package.name]['LICENSE'].strip()}\n" for package in shipped
    )
    return f"\n{'-' * 80}\n\n".join(texts)


if __name__ == "__main__":
    sys.exit(main())
