"""The types that the package states."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import corelith


def run(*arguments: str, folder: Path) -> None:
    command = [sys.executable, "-m", *arguments]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_package_keeps_to_its_types(tmp_path: Path) -> None:
    package = Path(corelith.__file__).parent
    # A copy: mypy says nothing of what is installed.
    (tmp_path / "corelith").symlink_to(package)
    run("mypy", "--ignore-missing-imports", "corelith", folder=tmp_path)


def test_the_stub_is_that_of_the_native_part(tmp_path: Path) -> None:
    (tmp_path / "left_out").write_text("corelith\\._corelith\\.__all__\n")
    run("mypy.stubtest", "corelith._corelith", "--allowlist", "left_out", folder=tmp_path)
