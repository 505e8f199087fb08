"""A plan's folder as plain files: a snapshot that names another repository is said, and counts for nobody."""

from pathlib import Path

from bot.store import directory
from bot.store.layout import dump_report
from tests.store.kit import report
from tests.store.test_reading import LIST


def test_a_snapshot_of_another_repository_is_refused_with_line_and_reason(tmp_path: Path) -> None:
    for name, data in (("ga_status", dump_report(report("server"))), ("published", LIST)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "server.json").write_bytes(data)
        (tmp_path / name / "summit-app.json").write_bytes(data)

    found = directory.load(tmp_path)

    assert (set(found.reports), set(found.published)) == ({"server"}, {"server"})
    wrong = 'repository: this document speaks of "server", and that of "summit-app" was expected'
    assert found.problems == (
        f"{tmp_path}/ga_status/summit-app.json:3: {wrong}",
        f"{tmp_path}/published/summit-app.json:1: {wrong}",
    )
