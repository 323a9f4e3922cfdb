"""Phantoms that several tests share, made by corelith itself."""

from __future__ import annotations

import numpy as np
import pytest

import corelith

TINY = {"shape_vox": [80, 144, 144], "maps": {"training": 1, "validation": 1}}
"""The smallest phantom on which a map is found with certainty."""

QUICK = "\n[training]\nwidth = 4\nlevels = 2\nsteps = 3\nphantoms = 0\n"
"""A training that shows that it runs, not that it learns."""

OME_ZARR = '\n[output]\nformat = "ome-zarr"\n'


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)


@pytest.fixture(scope="session")
def tiny() -> corelith.Phantom:
    return corelith.phantom(settings=TINY, seed=1)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> corelith.Project:
    """The same phantom as a user's data, every stage done."""
    folder = tmp_path_factory.mktemp("sample")
    path = corelith.write_phantom(folder, settings=TINY, name="tiny", seed=1)
    path.write_text(path.read_text() + QUICK + OME_ZARR)
    project = corelith.Project(path, device="cpu")
    project.run()
    return project
