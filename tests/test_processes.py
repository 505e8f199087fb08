"""What a process looks at before it does anything. What it does afterwards is in `scenarios/test_processes.py`."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot import processes
from bot.settings import Settings, SettingsError

ALL = [processes.run, processes.serve, processes.worker]
Process = Callable[[Settings], Coroutine[Any, Any, None]]


def settings(tmp_path: Path, **more: Any) -> Settings:
    given = {"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1", "slack_signing_secret": "1", **more}
    secrets = {name: SecretStr(value) for name, value in given.items() if name.startswith("slack") and value}
    rest = {name: value for name, value in given.items() if not name.startswith("slack")}
    return Settings(database_url=f"sqlite:///{tmp_path / 'new' / 'x.sqlite'}", **secrets, **rest)


@pytest.mark.parametrize("process", ALL)
async def test_a_folder_of_reports_that_is_not_there_is_said(process: Process, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^CONVOY_REPORTS: there is no directory .*typo"):
        await process(settings(tmp_path, convoy_reports=tmp_path / "typo"))
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("process", "needs"),
    [
        (processes.run, {"slack_bot_token", "slack_app_token"}),
        (processes.serve, {"slack_bot_token", "slack_signing_secret"}),
        (processes.worker, {"slack_bot_token"}),
    ],
)
async def test_each_process_asks_for_what_it_needs_and_no_more(
    process: Process, needs: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"):
        monkeypatch.delenv(name, raising=False)
    nothing = dict.fromkeys(("slack_bot_token", "slack_app_token", "slack_signing_secret"), "")
    with pytest.raises(SettingsError) as no:
        await process(settings(tmp_path, **nothing))
    assert {line.split(" is not set")[0].lower() for line in str(no.value).splitlines()} == needs
