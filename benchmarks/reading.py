"""Reading: versions and plans, beside the library that does the nearest thing to it."""

import json
from collections.abc import Iterator

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from benchmarks.table import Row, median_ms
from benchmarks.trains import raw_plan
from bot.release import documents
from bot.release.version import satisfies


def rows() -> Iterator[Row]:
    """50,000 requirements on 5,000 versions, and a plan of 10,000 repositories from its bytes."""
    versions = [f"{i % 17}.{i % 101}.{i}" for i in range(5_000)]
    pairs = [(versions[(i * 7_919) % 5_000], versions[(i * 104_729 + 17) % 5_000]) for i in range(50_000)]
    ours = median_ms(lambda: [satisfies(*pair) for pair in pairs], runs=1, warm=0)  # later runs are remembered
    theirs = median_ms(lambda: [Version(got) in SpecifierSet(f">={wanted}") for wanted, got in pairs], runs=1)
    yield Row("50,000 requirements on 5,000 versions, once", ours, "packaging, the same", theirs)
    data = documents.dump_json(raw_plan(10_000, 50_000))
    yield Row(
        "read a plan of 10,000 repositories", median_ms(lambda: documents.parse_plan(data)),
        "json.loads of the same bytes", median_ms(lambda: json.loads(data)),
    )  # fmt: skip
