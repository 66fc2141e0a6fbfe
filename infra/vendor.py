"""`python infra/vendor.py`: fetches the pages' libraries from the npm registry into chalicelib/pages/vendor.

Run it by hand when a version here changes. It never runs during a deployment: its output is kept in the repository.
Every package is pinned by version and by the SHA-512 of its archive, and nothing of a package is executed. The font is
cut down to the characters that the pages need by fontTools, in an environment of its own. `--check` writes nothing, and
fails when a kept file differs from what this would write.
"""

import argparse
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENDORED = PROJECT / "chalicelib" / "pages" / "vendor"
AXE = PROJECT / "tests" / "browser" / "axe.js"


@dataclass(frozen=True)
class NpmPackage:
    """One package of the registry. sha512: the hash of its archive, in hexadecimal."""

    name: str
    version: str
    license: str
    sha512: str


PREACT = NpmPackage(
    "preact",
    "11.2.0",
    "MIT",
    "fc77c723fecdf387ba1ab581277276f34cf798b6912620dc4af8ff03ecbfe006"
    "cb9cd0ffd549461ded6c47aa18b931b021dd273fb76a0d4f4e9cbc4c3d9ef106",
)
HTM = NpmPackage(
    "htm",
    "3.1.1",
    "Apache-2.0",
    "f7cdd5ca0f0dc1413b26467a3663aaa4267eb21d5b2afda2613954933956980e"
    "490f669c2a8c5de0a5716cc9b15fff399ad7dd9c399316834a720e43180bf135",
)
FLAGS = NpmPackage(
    "country-flag-icons",
    "1.6.20",
    "MIT",
    "a72f098842b38e1630e873c9d0bed2c4b8026229b7e943d14d95f8dff92a1ae7"
    "940992d2be7aea022c16f07b5089bbabee67641505248ce81d2bea3ff4506d6b",
)
SYSTEMS = NpmPackage(
    "simple-icons",
    "16.37.0",
    "CC0-1.0",
    "f26089221a4c60e2fd835dc65b9f4488bdec5572674c428609364569e925f544"
    "37428d12c158e72da27cd9089a1fc04a05da2e103ceb1cc5c85a1f1c048cb8f0",
)
GEIST = NpmPackage(
    "@fontsource-variable/geist",
    "5.3.0",
    "OFL-1.1",
    "8f49bebcb42e1b95c06281ed18256ed2ca6f946ade477133a44094573905988d"
    "664d59c03b7f25fcd10f0c2160675efb271cd82422d29934226c88983e2946ac",
)
AXE_CORE = NpmPackage(
    "axe-core",
    "4.14.1",
    "MPL-2.0",
    "1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b73"
    "4f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5",
)
PACKAGES = (PREACT, HTM, FLAGS, SYSTEMS, GEIST, AXE_CORE)

FONT_FILE = "files/geist-latin-wght-normal.woff2"
FONT_TOOLS = ("fonttools==4.68.0", "brotli==1.2.1")
FONT_CHARACTERS = (
    "U+0020-007E,U+00A0-00FF,U+2013-2014,U+2018-2019,U+201C-201D,U+2022,U+2026,U+2190-2193,U+2212,U+2264-2265"
)

ICONS: Mapping[str, str] = {
    "alma": "almalinux",
    "alpine": "alpinelinux",
    "apple": "apple",
    "arch": "archlinux",
    "centos": "centos",
    "debian": "debian",
    "fedora": "fedora",
    "freebsd": "freebsd",
    "gentoo": "gentoo",
    "kali": "kalilinux",
    "linux": "linux",
    "manjaro": "manjaro",
    "mint": "linuxmint",
    "nixos": "nixos",
    "opensuse": "opensuse",
    "openwrt": "openwrt",
    "proxmox": "proxmox",
    "raspberry": "raspberrypi",
    "redhat": "redhat",
    "rocky": "rockylinux",
    "ubuntu": "ubuntu",
}
"""Icons of operating systems, by the names that chalicelib/pages/figures/systems.js has for them."""

WINDOWS = "M2 4.5 11 3.2v8.3H2zM12.2 3 22 1.6v9.9h-9.8zM2 12.7h9V21l-9-1.3zM12.2 12.7H22v9.9l-9.8-1.4z"
"""Our own icon, because the collection has none of Windows."""

Files = Mapping[str, bytes]
"""The files of one package that may be kept, by their paths in it."""


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


def _fetch(package: NpmPackage) -> Files:
    """Raises SystemExit when the registry's archive does not have the pinned hash."""
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
            return dict(_files_in(opened))


def _files_in(archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for member in archive.getmembers():
        name = member.name.partition("/")[2]
        file = archive.extractfile(member) if member.isfile() else None
        if file and name.endswith(("LICENSE", "LICENSE.md", ".js", ".mjs", ".svg", ".woff2")):
            yield name, file.read()


def _text(raw: bytes) -> str:
    return raw.decode("utf-8").replace("\r\n", "\n")


def _files(packages: Mapping[str, Files]) -> dict[Path, str]:
    """The content of each file to keep, by its path."""
    preact, htm = packages["preact"], packages["htm"]
    return {
        VENDORED / "preact.js": _script(PREACT, preact["dist/preact.mjs"]),
        # A browser finds modules by their address, not by a package's name.
        VENDORED / "hooks.js": _script(
            PREACT, preact["hooks/dist/hooks.mjs"], lambda text: text.replace('from"preact"', 'from"./preact.js"')
        ),
        VENDORED / "htm.js": _script(HTM, htm["dist/htm.module.js"]),
        VENDORED / "flags.svg": _flags(packages[FLAGS.name]),
        VENDORED / "systems.svg": _systems(packages[SYSTEMS.name]),
        VENDORED / "geist.js": _font(packages[GEIST.name][FONT_FILE]),
        VENDORED / "LICENSES.txt": _licenses(packages),
        AXE: _text(packages[AXE_CORE.name]["axe.min.js"]),
    }


def _script(package: NpmPackage, raw: bytes, change: Callable[[str], str] = str) -> str:
    without_map = re.sub(r"\n?//# sourceMappingURL=.*", "", _text(raw))
    return f"{_notice(package)}{change(without_map).rstrip()}\n"


def _notice(package: NpmPackage) -> str:
    return f"/* {package.name} {package.version}, {package.license}; see LICENSES.txt. */\n"


def _flags(files: Files) -> str:
    """One SVG file with every country's flag as a symbol, named by the country's two letters.

    Most are drawn on a grid of hundreds of units, of which a screen shows less than one in ten, so whole units are
    precise enough.
    """
    found = ((re.fullmatch(r"3x2/([A-Z]{2})\.svg", path), raw) for path, raw in sorted(files.items()))
    drawn = [(match[1], *_drawing(raw)) for match, raw in found if match]
    return _sprite((name, head, rounded(inside) if _width(head) > 300 else inside) for name, head, inside in drawn)


def _width(head: str) -> float:
    return float(head.removeprefix('viewBox="').split()[2])


def rounded(drawing: str) -> str:
    """The drawing with the numbers in its paths and points rounded to whole ones."""
    return re.sub(r'(?<= )(d|points)="([^"]*)"', lambda one: f'{one[1]}="{_rounded_path(one[2])}"', drawing)


def _rounded_path(path: str) -> str:
    """Rounds a path's numbers, which may follow each other without a space. The flags of an arc are single digits."""
    text = ""
    for letter, numbers in re.findall(r"([A-Za-z]?)([^A-Za-z]*)", path):
        pattern = _ARC if letter in "aA" and letter else _NUMBER
        whole = [
            str(round(float(part)))
            for one in pattern.findall(numbers)
            for part in ([one] if isinstance(one, str) else one)
        ]
        text += letter + re.sub(r" (?=-)", "", " ".join(whole))
    return text


_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")
_ARC = re.compile(
    "[ ,]*".join(f"({part})" for part in (*(_NUMBER.pattern,) * 3, "[01]", "[01]", *(_NUMBER.pattern,) * 2))
)


def _systems(files: Files) -> str:
    """Icons of operating systems. They are shown so small that one digit after the point is enough."""
    drawn = {name: _drawing(files[f"icons/{icon}.svg"])[1] for name, icon in ICONS.items()}
    drawn["windows"] = f'<path d="{WINDOWS}"/>'
    shortened = {name: re.sub(r"\.(\d{2,})", _one_digit, inside) for name, inside in sorted(drawn.items())}
    return _sprite((name, 'viewBox="0 0 24 24"', inside) for name, inside in shortened.items())


def _one_digit(fraction: re.Match[str]) -> str:
    """Rounds to one digit, at most ".9", because digits before the point may be the flags of an arc and cannot be
    carried into.
    """
    return f".{min(9, round(int(fraction[1]) / 10 ** (len(fraction[1]) - 1)))}"


def _sprite(symbols: Iterable[tuple[str, str, str]]) -> str:
    """symbols: the id, the viewBox attribute and the content of each symbol."""
    lines = [f'<symbol id="{name}" {head}>{inside}</symbol>' for name, head, inside in symbols]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(lines) + "\n</svg>\n"


def _drawing(raw: bytes) -> tuple[str, str]:
    """The viewBox attribute of an SVG file, and what is drawn in it."""
    head, inside = _HEAD.split(_text(raw).strip(), maxsplit=1)[1:]
    return head, re.sub(r"<title>.*?</title>", "", inside.removesuffix("</svg>"))


_HEAD = re.compile(r"""^.*?<svg\b[^>]*?(viewBox="[^"]*")[^>]*>""", re.DOTALL)


def _font(full: bytes) -> str:
    """A JavaScript module with the font in base64, because not every deployment can serve binary files."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "full.woff2").write_bytes(full)
        _run([sys.executable, "-m", "venv", "tools"], home)
        _run(["tools/bin/pip", "install", "--quiet", "--disable-pip-version-check", *FONT_TOOLS], home)
        cut = ["varLib.instancer", "full.woff2", "wght=400:700", "--no-recalc-timestamp", "--quiet", "-o", "cut.ttf"]
        _run(["tools/bin/fonttools", *cut], home)
        options = (f"--unicodes={FONT_CHARACTERS}", "--layout-features=kern,tnum", "--flavor=woff2")
        _run(["tools/bin/pyftsubset", "cut.ttf", *options, "--output-file=small.woff2"], home)
        text = b64encode((home / "small.woff2").read_bytes()).decode()
    return f'{_notice(GEIST)}export const GEIST = "{text}";\n'


def _run(command: Sequence[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def _licenses(packages: Mapping[str, Files]) -> str:
    shipped = [package for package in PACKAGES if package is not AXE_CORE]
    texts = (
        f"{package.name} {package.version}\n\n{_text(_license(packages[package.name])).strip()}\n"
        for package in shipped
    )
    return f"\n{'-' * 80}\n\n".join(texts)


def _license(files: Files) -> bytes:
    return files["LICENSE"] if "LICENSE" in files else files["LICENSE.md"]


if __name__ == "__main__":
    sys.exit(main())
