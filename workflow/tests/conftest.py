"""Phantoms of a few seconds, and Snakemake on campaigns of them."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import tifffile

WORKFLOW = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(WORKFLOW))

PROGRAM = os.environ.get("CORELITH", "corelith")

# Maps of the phantom that are kept, one to learn from and one to hold the result against.
MAPS = [0, 2]

# A training of moments, and the separation by the mask alone.
QUICK = """
[training]
width = 4
levels = 2
steps = 3
phantoms = 0

[separation]
network = "none"

[liberation]
replicates = 100

[stereology]
random_sections = 20
"""


def corelith(*arguments, check=True):
    """Runs the program on the CPU."""
    command = [PROGRAM, *map(str, arguments), "--device", "cpu", "--threads", "2"]
    return subprocess.run(command, check=check, capture_output=True, text=True)


def write_sample(folder: Path, seed: int) -> Path:
    """A phantom as a user's data; returns its project file."""
    corelith("phantom", "--output", folder, "--width", 144, "--seed", seed)
    project = folder / "sample.toml"
    head, *maps = project.read_text().split("[[sem.map]]")
    kept = [maps[i].rstrip() + f"\nregion_vox = {region(folder, i)}\n\n" for i in MAPS]
    project.write_text("[[sem.map]]".join([head, *kept]) + QUICK)
    return project


def region(folder: Path, i: int) -> str:
    """A few voxels about where the middle of a map truly lies, which saves most of the search."""
    middle = tifffile.imread(folder / f"truth/map_{i}_coords.tif").mean(axis=(1, 2))
    ranges = (f"{axis} = [{v - 3:.0f}, {v + 3:.0f}]" for axis, v in zip("xyz", middle))
    return "{ " + ", ".join(ranges) + " }"


@pytest.fixture(scope="session")
def phantoms(tmp_path_factory) -> dict[str, Path]:
    """Project files of three samples."""
    folder = tmp_path_factory.mktemp("phantoms")
    return {name: write_sample(folder / name, seed) for name, seed in [("a", 1), ("b", 2), ("c", 3)]}


@dataclass
class Campaign:
    """A folder with a table of samples, where Snakemake runs."""

    folder: Path

    def write_table(self, header: str, *rows: str) -> None:
        (self.folder / "samples.csv").write_text("\n".join([header, *rows]) + "\n")

    def command(self, *arguments: str, profile: str = "local", **config: str) -> list[str]:
        settings = {"samples": "samples.csv", "program": PROGRAM, **config}
        return [
            *(sys.executable, "-m", "snakemake"),
            *("--snakefile", str(WORKFLOW / "Snakefile")),
            *("--profile", str(WORKFLOW / "profiles" / profile)),
            *arguments,
            *("--config", *(f"{key}={value}" for key, value in settings.items())),
        ]

    def run(self, *arguments: str, profile: str = "local", **config: str):
        """Returns when Snakemake has ended."""
        command = self.command(*arguments, profile=profile, **config)
        return subprocess.run(
            command, cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )


@pytest.fixture
def campaign(tmp_path) -> Campaign:
    return Campaign(tmp_path)
