"""A mark says that a stage is done, and what it came to. It is written when the program has ended
well, whole or not at all, and holds no times: where a stage is redone with the same result, the
stages after it need not run again."""

import json
import os
from pathlib import Path

FOLDER = "marks"


def mark_file(results: Path, stage: str) -> Path:
    """Where the mark of a stage lies in the results of a sample."""
    return results / FOLDER / f"{stage}.json"


def what_it_came_to(results: Path, stage: str) -> dict[str, str]:
    """Checksums of what the stage wrote, by the program's own records of it."""
    folder = results / "stages"
    return files_of([folder / f"{stage}.json", *sorted((folder / stage).glob("*.json"))])


def files_of(records: list[Path]) -> dict[str, str]:
    """Checksums of the files in records of the program; those that are not there have none."""
    files = {}
    for record in filter(Path.is_file, records):
        for file in json.loads(record.read_text(encoding="utf-8"))["files"]:
            files[file["path"]] = file["sha256"]
    return dict(sorted(files.items()))


def write_mark(results: Path, stage: str, files: dict[str, str]) -> None:
    """Marks the stage as done, with the checksums of its files."""
    write_json(mark_file(results, stage), {"stage": stage, "files": files})


def write_json(path: Path, content: dict) -> None:
    """Writes beside and renames, so that no half of it is ever there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Parts of a sample may write the same file at the same time.
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    beside.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    os.replace(beside, path)
