"""Whether a model that was made elsewhere suits a sample, as the program has judged it."""

import json
from pathlib import Path

from .part import Part


def differences(results: Path, part: Part | None = None) -> list[str]:
    """In what the scan differs from those that the model was trained on; empty where it suits, and
    where the program has not held them against each other."""
    folder = results / "segmentation"
    if part is not None:
        folder /= f"parts/{part.number}-of-{part.of}"
    try:
        found = json.loads((folder / "suitability.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    # The network of touching particles comes with the program; it is not the model that was chosen.
    return found["phases"]["differs"]
