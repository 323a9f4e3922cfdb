"""What the workflow reads of a project file; the program itself checks all of it."""

import glob
import os
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Project:
    """A project file that could be read."""

    path: Path
    content: dict

    @classmethod
    def read(cls, path: Path) -> "Project":
        """Raises `OSError` or `ValueError` when there is no project in the file."""
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        for section, key in [("ct", "slices"), ("sem", "minerals")]:
            if not isinstance(content.get(section, {}).get(key), str):
                raise ValueError(f"no `{key}` in section [{section}]")
        if not isinstance(content.get("name"), str):
            raise ValueError("no `name`")
        return cls(path, content)

    @property
    def name(self) -> str:
        """The name that results bear."""
        return self.content["name"]

    @property
    def minerals(self) -> Path:
        """The mineral list."""
        return self.path.parent / self.content["sem"]["minerals"]

    @property
    def training_minutes(self) -> float:
        """Most minutes of training; 0 is no limit."""
        return float(self.content.get("training", {}).get("minutes", 0))

    @cached_property
    def ct_files(self) -> list[Path]:
        """The files of the CT, sorted."""
        return files_of(self.path.parent / self.content["ct"]["slices"])

    def input_files(self) -> list[Path]:
        """Every file that the project names, mineral list and CT included."""
        named = [self.content["sem"]["minerals"]]
        for section in self.content["sem"].get("map", []):
            named += [section.get(key) for key in ("mineral_map", "elements", "bse", "start")]
            named.append(section.get("mosaic", {}).get("positions"))
        for section in ("training", "separation"):
            named += [self.content.get(section, {}).get(key) for key in ("start", "network")]
        files = list(self.ct_files)
        for path in named:
            if isinstance(path, str) and path:
                files += files_of(self.path.parent / path)
        return files

    def input_state(self) -> str:
        """Changes when an input does: number, bytes and newest change of its files."""
        states = [file.stat() for file in self.input_files() if file.is_file()]
        newest = max((state.st_mtime_ns for state in states), default=0)
        return f"{len(states)} files, {sum(s.st_size for s in states)} bytes, {newest} ns"


def files_of(path: Path) -> list[Path]:
    """A file, the files of a folder and of those below it, or those that a pattern matches."""
    if path.is_dir():
        below = (Path(folder) / file for folder, _, files in os.walk(path) for file in files)
        return sorted(below)
    if path.is_file():
        return [path]
    return sorted(Path(found) for found in glob.glob(str(path)))
