"""The settings of a campaign."""

from dataclasses import dataclass, fields
from pathlib import Path

from .problems import refuse

DEVICES = ["cpu", "gpu"]


@dataclass(frozen=True)
class Config:
    """As `config.yaml` has it, which says what each setting is."""

    samples: Path
    results: Path
    program: str
    device: str


def read_config(given: dict) -> Config:
    """Raises `Refused` when a setting is unknown or cannot be."""
    known = [field.name for field in fields(Config)]
    problems = [
        f"unknown setting `{name}`; settings are {', '.join(known)}"
        for name in given
        if name not in known
    ]
    if given["device"] not in DEVICES:
        problems.append(f"`device` is `{given['device']}`, expected {' or '.join(DEVICES)}")
    refuse(problems, "the configuration")
    return Config(
        samples=Path(given["samples"]),
        results=Path(given["results"]),
        program=str(given["program"]),
        device=given["device"],
    )
