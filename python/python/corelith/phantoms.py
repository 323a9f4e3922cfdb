"""Particle systems with exact truth, and their CT and SEM images."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from corelith import _corelith
from corelith.maps import PlacedMap
from corelith.minerals import Minerals
from corelith.progress import Listener, Progress


@dataclass(frozen=True)
class PhantomMap:
    """A section through a phantom as SEM shows it, and the truth about it."""

    role: Literal["training", "validation"]
    """What it is for."""
    classes: np.ndarray
    """``uint8[row, column]`` with rough rims and mislabelled pixels: what a program is given."""
    bse: np.ndarray
    """``uint8[row, column]``: backscatter image."""
    coords_vox: np.ndarray
    """``float32[3, row, column]``: true x, y, z of every pixel in voxels."""
    ct_from_map: np.ndarray
    """``float64[3, 3]``: the plane before displacement."""
    phases_truth: np.ndarray
    """``uint8[row, column]``: true class of every pixel."""
    particles_truth: np.ndarray
    """``uint32[row, column]``: true particle of every pixel."""


@dataclass(frozen=True)
class Phantom:
    """A CT volume and mineral maps of a particle system, with the truth about both."""

    ct: np.ndarray
    """``uint16[z, y, x]``: grey values."""
    phases: np.ndarray
    """``uint8[z, y, x]``: true class of every voxel."""
    particles: np.ndarray
    """``uint32[z, y, x]``: true particle of every voxel; 0 is none."""
    minerals: Minerals
    """The mineral list, background first."""
    spacing_um: tuple[float, float, float]
    """Micrometres between voxels along z, y, x."""
    pixel_um: float
    """Size of a map pixel as a microscope would state it: slightly off."""
    maps: list[PhantomMap]
    """Training maps, then validation maps."""

    def placed_maps(self) -> list[PlacedMap]:
        """The maps at their true places."""
        return [
            PlacedMap(f"map_{i}", map.classes, map.coords_vox, self.pixel_um, map.role)
            for i, map in enumerate(self.maps)
        ]


def phantom(
    kind: str = "slag-63-100",
    settings: Mapping[str, Any] | None = None,
    *,
    seed: int = 0,
    progress: Progress = None,
) -> Phantom:
    """Makes a phantom. The same arguments give the same phantom.

    Args:
        kind: ``slag-63-100`` or ``slag-100-250``; or, drawn at random from the seed and without
            maps: ``liberated``, ``intergrown``, ``lamellar``, ``specked``, ``textured``,
            ``granular``.
        settings: In place of settings of that kind, such as
            ``{"shape_vox": [64, 96, 96], "particles": {"solid_fraction": 0.5}}``.
        seed: Seed of everything random.
        progress: See :data:`corelith.progress.Progress`.

    Raises:
        SettingError: When a setting is unknown or out of its range.

    >>> made = phantom(settings={"shape_vox": [24, 48, 48]}, seed=7)
    >>> made.ct.shape, made.ct.dtype, len(made.maps)
    ((24, 48, 48), dtype('uint16'), 3)
    >>> made.minerals.names
    ['Background', 'LiAlO2', 'Gehlenite', 'Spinel', 'Glass', 'Metal']
    """
    with Listener(progress) as listener:
        found = _corelith.phantom(kind, json.dumps(dict(settings or {})), seed, listener)
    found["minerals"] = Minerals.from_json(found["minerals"])
    found["spacing_um"] = tuple(found["spacing_um"])
    found["maps"] = [
        PhantomMap(**{**map, "ct_from_map": np.array(map["ct_from_map"])}) for map in found["maps"]
    ]
    return Phantom(**found)


def write_phantom(
    folder: str | os.PathLike[str],
    kind: str = "slag-63-100",
    settings: Mapping[str, Any] | None = None,
    *,
    name: str = "phantom",
    seed: int = 0,
    progress: Progress = None,
) -> Path:
    """Writes a phantom as a user's data: slices, maps, mineral list and project file.

    Its truth lies beside, in the folder ``truth``. Arguments are those of :func:`phantom`; the same
    ones give the same phantom.

    Returns:
        The project file.
    """
    with Listener(progress) as listener:
        changes = json.dumps(dict(settings or {}))
        project = _corelith.write_phantom(os.fspath(folder), name, kind, changes, seed, listener)
    return Path(project)
