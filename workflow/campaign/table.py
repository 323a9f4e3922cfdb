"""The table of samples."""

import csv
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from .problems import refuse
from .project import Project
from .volume import voxels_of_files, voxels_of_text

REQUIRED = ["name", "project"]
OPTIONAL = ["model", "model_from", "unsuitable", "voxels", "parts"]
UNSUITABLE = ["stop", "go_on"]
MODEL_FILES = ["weights.safetensors", "card.json"]


@dataclass(frozen=True)
class Sample:
    """A row of the table."""

    name: str
    project: Project
    # Folder of a model that was made elsewhere.
    model: Path | None
    # The sample of this campaign whose model is applied.
    model_from: str | None
    # What is done where the model does not suit the sample: `stop` or `go_on`.
    unsuitable: str
    voxels_said: int | None
    # Jobs that share its segmentation.
    parts: int

    @property
    def trains(self) -> bool:
        """Whether the sample learns a model of its own."""
        return self.model is None and self.model_from is None

    @cached_property
    def voxels(self) -> int:
        """Voxels of the CT."""
        return self.voxels_said or voxels_of_files(self.project.ct_files)


@cache
def read_table(path: Path) -> dict[str, Sample]:
    """The samples by name, in the order of the table.

    Raises `Refused`, which lists everything that is wrong.
    """
    where = f"the table of samples {path}"
    if not path.is_file():
        refuse(["there is no such file; name it with `--config samples=FILE`"], where)
    with path.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened, delimiter=delimiter_of(path)))
    header = [cell.strip() for cell in rows[0]] if rows else []
    refuse(header_problems(header), where)
    problems, samples = [], {}
    for line, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            problems.append(f"line {line}: {len(cells)} cells, the header has {len(header)}")
            continue
        row = dict.fromkeys(REQUIRED + OPTIONAL, "") | dict(zip(header, map(str.strip, cells)))
        found = row_problems(row, path.parent)
        if row["name"] in samples:
            found.append("a row above has the same `name`; names are folders, so give it another")
        if not found:
            sample = sample_of(row, path.parent)
            found = sample_problems(sample, samples)
            samples[sample.name] = sample
        problems += [f"line {line} ({row['name']}): {problem}" for problem in found]
    if not problems:
        problems = [p for sample in samples.values() for p in model_problems(sample, samples)]
    if not samples and not problems:
        problems.append("no sample stands in it; write a row a sample below the header")
    refuse(problems, where)
    return samples


def delimiter_of(path: Path) -> str:
    """What parts the columns: a tab, a semicolon or a comma, as the header has it."""
    with path.open(encoding="utf-8-sig") as opened:
        header = opened.readline()
    return next((sign for sign in "\t;" if sign in header), ",")


def header_problems(header: list[str]) -> list[str]:
    known = REQUIRED + OPTIONAL
    problems = [
        f"unknown column `{name}`; columns are {', '.join(known)}"
        for name in header
        if name not in known
    ]
    problems += [f"no column `{name}`" for name in REQUIRED if name not in header]
    doubled = {name for name in header if header.count(name) > 1}
    return problems + [f"column `{name}` stands in it twice" for name in sorted(doubled)]


def row_problems(row: dict[str, str], folder: Path) -> list[str]:
    problems = []
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", row["name"]):
        problems.append(
            "`name` is the name of a folder: letters, digits, `_`, `-` and `.`, a letter or digit first"
        )
    if row["model"] and row["model_from"]:
        problems.append("both `model` and `model_from` are given; leave one of them empty")
    if row["unsuitable"] not in ["", *UNSUITABLE]:
        problems.append(f"`unsuitable` is `{row['unsuitable']}`, expected stop or go_on")
    if row["voxels"] and voxels_of_text(row["voxels"]) is None:
        problems.append(f"`voxels` is `{row['voxels']}`, expected a size such as 984x1011x1000")
    if row["parts"] and not re.fullmatch(r"[1-9]\d{0,2}", row["parts"]):
        problems.append(f"`parts` is `{row['parts']}`, expected a whole number from 1 to 999")
    if not row["project"]:
        problems.append("no `project`: the path of a project file, relative to the table")
        return problems
    try:
        Project.read(folder / row["project"])
    except OSError as reason:
        problems.append(
            f"the project file {folder / row['project']} cannot be read ({reason.strerror}); paths "
            "are relative to the table; `corelith init FOLDER` makes a project file"
        )
    except ValueError as reason:
        problems.append(f"{folder / row['project']} is no project file: {reason}")
    return problems


def sample_of(row: dict[str, str], folder: Path) -> Sample:
    return Sample(
        name=row["name"],
        project=Project.read(folder / row["project"]),
        model=folder / row["model"] if row["model"] else None,
        model_from=row["model_from"] or None,
        unsuitable=row["unsuitable"] or "stop",
        voxels_said=voxels_of_text(row["voxels"]) if row["voxels"] else None,
        parts=int(row["parts"] or 1),
    )


def sample_problems(sample: Sample, above: dict[str, Sample]) -> list[str]:
    project, problems = sample.project, []
    for other in above.values():
        if other.project.name == project.name:
            problems.append(
                f"its project and that of {other.name} both have the name `{project.name}`, so that "
                f"the comparison could not tell them apart; change `name` in {project.path}"
            )
    if not project.ct_files:
        problems.append(f"no file is at `slices` in section [ct] of {project.path}")
    if not project.minerals.is_file():
        problems.append(f"the mineral list {project.minerals} is not there")
    return problems


def model_problems(sample: Sample, samples: dict[str, Sample]) -> list[str]:
    wanted = sample.model_from
    if sample.model:
        missing = [file for file in MODEL_FILES if not (sample.model / file).is_file()]
        if missing:
            return [
                f"{sample.name}: {sample.model} is no folder of a model: no {' and no '.join(missing)} "
                "in it; name a folder such as results/models/phases"
            ]
    if wanted is None:
        return []
    if wanted not in samples:
        return [f"{sample.name}: `model_from` is `{wanted}`, but no sample has this name"]
    if not samples[wanted].trains:
        return [
            f"{sample.name}: `model_from` is `{wanted}`, which has no model of its own; name the "
            "sample whose model it has"
        ]
    return []
