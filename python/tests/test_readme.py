"""The Python examples of the READMEs run as they stand. Those marked `py` open a window, and are left
out."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import corelith

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("readme", ["README.md", "python/README.md"])
def test_examples_run(
    readme: str,
    project: corelith.Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (REPOSITORY / readme).read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert examples
    # The project of the examples, every stage done.
    shutil.copytree(project.path.parent, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    (tmp_path / project.path.name).replace(tmp_path / "sample.toml")
    names: dict[str, object] = {}
    for example in examples:
        exec(compile(example, readme, "exec"), names)
