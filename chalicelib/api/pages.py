"""People's pages: HTML documents, and the scripts, styles and pictures that they need.

The files are in chalicelib/pages; those in its folder `vendor` are third-party. The name of a published file
contains the hash of its content, so it may be cached forever. Documents are revalidated each time, and name the files
of their own deployment.
"""

import hashlib
import posixpath
import re
from collections.abc import Mapping
from functools import cache, partial
from html import escape
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from chalicelib.api import link_preview
from chalicelib.api.answers import TEXT, Answer
from chalicelib.api.call import Call
from chalicelib.api.ids import parse_id
from chalicelib.api.route import ANYONE, FILES, FOREVER, FRONT_PAGE, REVALIDATED, Cache, Operation, Route
from chalicelib.api.site_files import FOLDER as SITE_FILES
from chalicelib.api.site_files import styles
from chalicelib.fleet.errors import FleetError, NotFound
from chalicelib.fleet.ranges import RANGES
from chalicelib.fleet.settings import Settings

FOLDER = Path(__file__).resolve().parent.parent / "pages"

CONTENT_TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".png": "image/png",
    ".txt": TEXT,
    ".webmanifest": "application/manifest+json; charset=utf-8",
}

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
"""Forbids inline scripts and styles, anything from other sites, and strings that become HTML or a script."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
}


def document(call: Call, *, path: str, name: str, **parameters: str) -> Answer:
    """The page itself, or a redirect where the path has an extra trailing slash or lacks one: its links are relative.

    path: the route's. The page tells its scripts which ranges of history there are. Raises InvalidInput for an invalid
    ID in the path.
    """
    if "id" in parameters:
        parse_id(parameters["id"])
    asked = str(call.request.context.get("path") or "")
    if path == "/" and asked and not asked.endswith("/"):
        return _moved(f"{asked.rpartition('/')[2]}/")
    if path != "/" and asked.endswith("/"):
        return _moved(f"../{asked.rstrip('/').rpartition('/')[2]}")
    settings, about = _site(call, public=name == "app.html")
    links = (f'<link rel="stylesheet" href="./{path}">\n' for path in styles(settings, public=name == "app.html"))
    values = {
        "ranges": " ".join(RANGES),
        "styles": "".join(links),
        "owner": _owner(settings),
        "site": _public(settings),
        "about": about,
    }
    # All in one pass, because text that the owner wrote may look like a placeholder.
    text = _PLACE.sub(lambda place: values[place[1]], str(_published(name).content))
    # Static files are one folder further up for each slash in the path after the first.
    text = text.replace('"./', f'"./{"../" * (path.count("/") - 1)}')
    return Answer(text, content_type=CONTENT_TYPES[".html"], headers=HEADERS)


_PLACE = re.compile(r"\{\{([a-z]+)\}\}")
"""A placeholder in a document for something that depends on the site."""


def _site(call: Call, *, public: bool) -> tuple[Settings, str]:
    """The site's settings, and what a public document says about the site.

    Returns the default settings while the database does not answer: the page itself shows that it does not.
    """
    try:
        view = call.store.view()
        return view.settings, link_preview.about(view, f"static/{_published('card.png').name}") if public else ""
    except FleetError:
        return Settings(), link_preview.NOTHING_KNOWN


def _owner(settings: Settings) -> str:
    """Attributes of the document with what the site's owner adds to every page; "" if that is nothing."""
    logo = f"{SITE_FILES}{settings.logo}" if settings.logo else ""
    return _data(logo=logo, footer=settings.footer)


def _public(settings: Settings) -> str:
    """Attributes of the sign-in page with the site's name and language, which save it a request.

    "" while the public page is off.
    """
    return _data(site=settings.site_name, language=settings.language) if settings.public_page else ""


def _data(**given: str) -> str:
    return "".join(f' data-{name}="{escape(value)}"' for name, value in given.items() if value)


def _moved(location: str) -> Answer:
    return Answer("", 307, TEXT, {"Location": location})


def static(_: Call, file: str) -> Answer:
    """One file by its published name. Raises NotFound for any other name, including names of older deployments."""
    answer = static_files().get(file)
    if answer is None:
        raise NotFound("There is no such file; reload the page.", error="not_found")
    return answer


class _Published(NamedTuple):
    """name: with the content's hash. content: text that refers to other files by their published names, or a picture's
    bytes. modules: the published names of all modules that it imports, directly or indirectly."""

    name: str
    content: str | bytes
    modules: tuple[str, ...] = ()


_REFERENCE = re.compile(
    r"(?<=[\"'(])(\.{1,2}/(?:static/)?)((?:[a-z_]+/)*[a-z_]+\.(?:js|css|svg|png|txt|webmanifest))(?=[\"')#])"
)
"""How a file refers to another: "./name.js" or "../folder/name.js"; in a document, "./static/folder/name.js".

All files are published in the same folder."""

_IMPORT = re.compile(r"^(?:import|export)\b[^;]*?\bfrom\s*\"(\.{1,2}/(?:[a-z_]+/)*[a-z_]+\.js)\"", re.MULTILINE)


_COMMENT = re.compile(r"^[ \t]*(?://.*|/\*(?:[^*]|\*(?!/))*\*/)[ \t]*$", re.MULTILINE)
"""A comment on lines of its own in a script or style sheet. Comments are removed, as they are a tenth of what browsers
would load. Lines keep their numbers, which helps to locate errors. Comments in third-party files, such as licenses,
stay."""


@cache
def _published(path: str) -> _Published:
    """A file as it is sent. A change in a file changes its name, and the names of all files that refer to it."""
    stem, _, suffix = PurePosixPath(path).name.rpartition(".")
    raw = (FOLDER / path).read_bytes()
    if suffix == "png":
        return _Published(f"{stem}.{_hash(raw)}.{suffix}", raw)
    source = raw.decode()

    def referred(reference: str) -> _Published:
        return _published(posixpath.normpath(PurePosixPath(path).parent / reference))

    def published(match: re.Match[str]) -> str:
        if match[1].endswith("static/"):
            return match[1] + referred(match[2]).name
        return f"./{referred(match[1] + match[2]).name}"

    own = source if path.startswith("vendor/") else _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), source)
    # Pictures refer to nothing, and they are large.
    text = source if path.endswith(".svg") else _REFERENCE.sub(published, own)
    imports = [referred(one) for one in _IMPORT.findall(source)] if path.endswith(".js") else []
    needed = [name for module in imports for name in (*module.modules, module.name)]
    if path.endswith(".html"):
        return _Published(path, text.replace("{{preload}}", _preload(source)))
    return _Published(f"{stem}.{_hash(text.encode())}.{suffix}", text, tuple(dict.fromkeys(needed)))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _preload(document_: str) -> str:
    """Links to every module that the document's scripts import, so that browsers load them all at once."""
    scripts = re.findall(r'<script type="module" src="\./static/([a-z_]+\.js)"', document_)
    modules = dict.fromkeys(module for script in scripts for module in _published(script).modules)
    return "\n".join(f'<link rel="modulepreload" href="./static/{module}">' for module in modules)


@cache
def static_files() -> Mapping[str, Answer]:
    """Every file that pages refer to, by its published name. With an edge, `make deploy` puts them into S3."""
    paths = (path for path in FOLDER.rglob("*") if path.suffix in CONTENT_TYPES and path.suffix != ".html")
    files = (_published(path.relative_to(FOLDER).as_posix()) for path in paths)
    headers = {**HEADERS, "Access-Control-Allow-Origin": "*"}
    return {file.name: Answer(file.content, 200, CONTENT_TYPES[Path(file.name).suffix], headers) for file in files}


def _document(
    path: str,
    name: str,
    id_: str,
    summary: str,
    cache_: Cache = REVALIDATED,
    about: Literal["", "server"] = "",
) -> Route:
    operation = Operation(
        id_,
        summary,
        content={CONTENT_TYPES[".html"]: "string"},
        outcome="An HTML document.",
        about=about,
        moved="The path has an extra trailing slash, or lacks one.",
    )
    return Route("GET", path, partial(document, path=path, name=name), ANYONE, operation, cache=cache_)


ROUTES = (
    # The public pages are one document, whose scripts read the path.
    _document("/", "app.html", "statusPage", "Returns the status page", FRONT_PAGE),
    _document("/server/{id}", "app.html", "serverPage", "Returns the page of a server", FRONT_PAGE, "server"),
    _document("/monitors", "app.html", "monitorsPage", "Returns the monitors page", FRONT_PAGE),
    _document("/events", "app.html", "eventsPage", "Returns the events page", FRONT_PAGE),
    _document("/login", "login.html", "signInPage", "Returns the sign-in page"),
    _document("/dashboard", "admin.html", "panel", "Returns the admin pages"),
    Route(
        "GET",
        "/static/{file}",
        static,
        ANYONE,
        Operation(
            "staticFile",
            "Returns a script, style sheet, image or text of the pages",
            content={
                kind: "bytes" if suffix == ".png" else "string"
                for suffix, kind in CONTENT_TYPES.items()
                if suffix != ".html"
            },
            outcome="The file. It may be cached forever.",
            about="file",
            errors=(404,),
        ),
        throttle=FILES,
        cache=FOREVER,
    ),
)
