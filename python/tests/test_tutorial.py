"""The tutorial runs, and shows pictures."""

from __future__ import annotations

from pathlib import Path

import nbclient
import nbformat

TUTORIAL = Path(__file__).parents[1] / "tutorial.ipynb"


def test_the_tutorial_runs_and_shows_pictures() -> None:
    notebook = nbformat.read(TUTORIAL, as_version=4)
    nbclient.NotebookClient(notebook, timeout=900, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == 3
    text = "".join(output.get("text", "") for output in outputs)
    assert "map_0: tilt" in text and "in truth" in text
