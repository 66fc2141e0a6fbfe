"""The examples of README's "The API", word for word."""

import json
import re
import subprocess
from pathlib import Path

from tests.api.people.panel import PASSWORD, PASSWORD_TEXT
from tests.support.dashboard import Dashboard
from tests.support.documented import README, blocks, commands, program


def test_examples_succeed_one_after_the_other(dashboard: Dashboard, tmp_path: Path) -> None:
    program("curl")
    dashboard.store.set_password(PASSWORD)
    server, secret = dashboard.server()
    words = {
        "URL": f"http://127.0.0.1:{dashboard.port}",
        "PASSWORD": PASSWORD_TEXT,
        "TOKEN": dashboard.token(),
        "SECRET": secret,
    }

    def answer(command: str) -> str:
        filled_in = re.sub("|".join(rf"\b{word}\b" for word in words), lambda word: words[word[0]], command)
        run = ["/bin/sh", "-ec", filled_in.replace("curl", "curl --silent --show-error", 1)]
        return subprocess.run(run, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    shown = [line for block in blocks(README, "The API") for line in commands(block) if line.startswith("curl")]
    answers = [answer(command) for command in shown]
    bare = [one for one in answers if not one.startswith("{")]
    assert [len(secret) for secret in bare] == [18]
    assert {json.loads(one)["code"] for one in answers if one not in bare} == {0}
    assert dashboard.details(server.id)["status"]["CPU"] == 12.5
