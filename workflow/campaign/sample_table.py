"""A row a sample: which model segmented it, and how its scan differs from those of that model."""

import csv
from pathlib import Path

from .suitability import differences
from .table import Sample

COLUMNS = ["name", "project", "model", "suits", "differs"]


def write_sample_table(path: Path, samples: list[tuple[Sample, Path]]) -> None:
    """Of samples, each with the folder of its results."""
    with path.open("w", encoding="utf-8", newline="") as opened:
        table = csv.writer(opened, lineterminator="\n")
        table.writerow(COLUMNS)
        for sample, results in samples:
            differs = [] if sample.trains else differences(results)
            model = sample.model or sample.model_from or "its own"
            suits = "no" if differs else "yes"
            table.writerow([sample.name, sample.project.path, model, suits, "; ".join(differs)])
