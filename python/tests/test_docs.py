"""The examples in the documentation of the package."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import corelith

MODULES = sorted(
    module.name for module in pkgutil.iter_modules(corelith.__path__, "corelith.")
)


@pytest.mark.parametrize("name", [m for m in MODULES if not m.endswith("_corelith")])
def test_examples_run(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))
    assert found.failed == 0


def test_there_are_examples() -> None:
    modules = [importlib.import_module(name) for name in MODULES]
    finder = doctest.DocTestFinder()
    with_examples = {
        test.name for module in modules for test in finder.find(module) if test.examples
    }
    for function in ["label", "statistics", "distance", "separate", "measure", "phantom"]:
        assert any(name.endswith(f".{function}") for name in with_examples), function


def test_everything_public_is_described() -> None:
    for name in corelith.__all__:
        assert name.startswith("__") or getattr(corelith, name).__doc__, name
