"""Files that only this user may read."""

import os
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Replaces the file, completely or not at all, with mode 0600; makes its folder with 0700. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)  # one that was left behind could have another mode
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
