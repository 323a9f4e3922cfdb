"""Holds two folders of results against each other: byte for byte, but for how long things took.

The program promises the same result for the same seed and device. Wall times, the date, and the
memory that the process took are told beside it, in the files below.
"""

import csv
import json
import re
from pathlib import Path

# Records of the program and of the workflow, and what the command line asked for.
LEFT_OUT = ["stages/", "marks/", "asked.toml", ".lock"]
TIMED_JSON = ["summary.json", "registration/*.json"]
TIMED_TABLES = ["models/phases/curve.csv", "tables/registration.csv", "tables/stages.csv"]
PAGE = "report.html"

# A duration, a date, a time of day, a size, and the number of seconds that a cell sorts by.
TIMES = re.compile(
    r'(data-value="[^"]*">)?((\d+ (h|min) ?)?\d+(\.\d+)? (s|min|h)\b|\d+(\.\d+)? [KMG]iB)'
    r"|\d{4}-\d\d-\d\d \d\d:\d\d"
)


def files_of(results: Path) -> set[str]:
    """All files but those left out."""
    paths = (str(p.relative_to(results)) for p in results.rglob("*") if p.is_file())
    return {path for path in paths if not path.startswith(tuple(LEFT_OUT))}


def content(results: Path, name: str):
    """What a file holds, without times."""
    path = results / name
    if any(Path(name).match(pattern) for pattern in TIMED_JSON):
        return {k: v for k, v in json.loads(path.read_text()).items() if k != "seconds"}
    if name in TIMED_TABLES:
        rows = list(csv.DictReader(path.open()))
        return [{k: v for k, v in row.items() if k not in ("seconds", "time_s")} for row in rows]
    if name == PAGE:
        return TIMES.sub("", path.read_text())
    return path.read_bytes()


def differences(left: Path, right: Path) -> list[str]:
    """Names of the files that differ or are on one side only."""
    names = files_of(left) ^ files_of(right)
    both = files_of(left) & files_of(right)
    return sorted(names | {name for name in both if content(left, name) != content(right, name)})
