"""What the functions' packages contain, and when they are built again."""

from pathlib import Path
from zipfile import ZipFile, ZipInfo

import pytest

from infra import package, slim
from infra.channels_package import add_libraries

ENDPOINTS = {"botocore/data/endpoints.json": '{"partitions": []}'}


def packed(path: Path, files: dict[str, str], year: int = 2026) -> Path:
    with ZipFile(path, "w") as made:
        for name, text in files.items():
            made.writestr(ZipInfo(name, (year, 1, 1, 0, 0, 0)), text)
    return path


def test_code_is_packed_again_only_when_what_is_used_of_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "BUILD", tmp_path)
    monkeypatch.setattr(package, "pack_libraries", lambda _, to: packed(to, {"library.py": "library = 1"}))
    first, other = ({**ENDPOINTS, "app.py": text} for text in ("version = 1", "version = 2"))
    times: list[tuple[int, int]] = []
    for name, files in (("first", first), ("again", {**first, "__pycache__/app.pyc": "compiled"}), ("other", other)):
        code, delivering = package._packed(packed(tmp_path / f"{name}.zip", files, 2026 + len(times)))
        times.append((code.stat().st_mtime_ns, delivering.stat().st_mtime_ns))
    assert times[0] == times[1]
    assert times[1] < times[2]
    with ZipFile(delivering) as zipped:
        assert (zipped.read("app.py"), zipped.read("library.py")) == (b"version = 2", b"library = 1")


def test_code_is_compiled_in_its_place_whatever_python_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"PYTHONPYCACHEPREFIX": str(tmp_path / "elsewhere"), "PYTHONOPTIMIZE": "2", "PYTHONDONTWRITEBYTECODE": "1"}
    compiled = {}
    for name, variables in (("plain", {}), ("told", told)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text('"""Of an application."""\nassert __doc__\n')
        with monkeypatch.context() as patch:
            for variable in told:
                patch.delenv(variable, raising=False)
            for variable, value in variables.items():
                patch.setenv(variable, value)
            slim.compile_sources(tmp_path / name)
        (file,) = (tmp_path / name / "__pycache__").iterdir()
        compiled[name] = (file.name, file.read_bytes())
    assert compiled["told"] == compiled["plain"]


def test_code_goes_before_a_library_of_the_same_name(tmp_path: Path) -> None:
    code = packed(tmp_path / "code.zip", {"app.py": "ours"})
    libraries = packed(tmp_path / "libraries.zip", {"app.py": "theirs", "library.py": "1"})
    add_libraries(code, libraries, tmp_path / "both.zip")
    with ZipFile(tmp_path / "both.zip") as both:
        assert {name: both.read(name) for name in both.namelist()} == {"app.py": b"ours", "library.py": b"1"}


def test_chalice_finds_sources_as_they_were_whatever_used_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would not know its last zip again, and make a new one for each stage."""
    project, folder = tmp_path / "project", tmp_path / "clean"
    for name in package.SOURCES:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        if "." in name[1:]:
            (project / name).touch()
        else:
            (project / name).mkdir()
    monkeypatch.setattr(package, "PROJECT", project)
    (project / "chalicelib" / "one.py").touch()
    (project / "chalicelib" / "two.py").touch()
    package._clean_sources(folder)
    first = files(folder)
    assert {"app.py", "chalicelib/one.py", "chalicelib/two.py"} < first
    for made in ("chalicelib/__pycache__/one.pyc", ".chalice/deployed/dev.json", ".chalice/deployments/plain.zip"):
        (project / made).parent.mkdir()
        (project / made).touch()
    (folder / ".chalice" / "deployments").mkdir()
    (folder / ".chalice" / "deployments" / "last.zip").touch()
    (project / "chalicelib" / "two.py").unlink()
    package._clean_sources(folder)
    assert files(folder) == first - {"chalicelib/two.py"} | {".chalice/deployments/last.zip"}


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
