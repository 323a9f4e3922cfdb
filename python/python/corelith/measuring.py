"""Particles and liberation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corelith import _corelith
from corelith.maps import PlacedMap
from corelith.minerals import Minerals
from corelith.progress import Listener, Progress
from corelith.question import Question
from corelith.spacing import Spacing, spacing_zyx_um
from corelith.table import Table


@dataclass(frozen=True)
class Measurements:
    """Everything that is measured on a sample, as tables."""

    particles: Table
    """A row a particle: see :func:`measure`."""
    liberation: Table
    """A row a mineral, basis and class of liberation: the share of the mineral, with its interval."""
    liberation_curves: Table
    """The same as curves: the share at or above each liberation."""
    liberation_by_size: Table
    """Liberation by size class of the particles."""
    liberation_corrected: Table
    """The 3D liberation that measured maps tell."""
    bias: Table
    """Differences of the curves: 2D against 3D, maps against the result."""
    locking: Table
    """Shares of each mineral that are free, with one other mineral, or with more."""
    association: Table
    """What each mineral borders on."""

    @classmethod
    def of(cls, tables: Mapping[str, Mapping[str, Any]]) -> Measurements:
        """Of the native part's columns."""
        return cls(**{name: Table.of(columns) for name, columns in tables.items()})


def measure(
    phases: np.ndarray,
    particles: np.ndarray,
    minerals: Minerals,
    spacing_um: Spacing,
    settings: Mapping[str, Any] | None = None,
    *,
    progress: Progress = None,
) -> Table:
    """Size, shape and composition of every particle.

    Args:
        phases: ``uint8[z, y, x]``, rows of the mineral list.
        particles: ``uint32[z, y, x]``, ids from 1; 0 is none.
        minerals: The mineral list.
        spacing_um: Micrometres between voxels.
        settings: Section ``[measurement]`` of a project file.
        progress: See :data:`corelith.progress.Progress`.

    Returns:
        A row a particle by ascending id: ``id``, ``centroid_x_um`` to ``centroid_z_um``, ``voxels``,
        ``volume_um3``, ``equivalent_diameter_um``, ``surface_um2``, ``sphericity``,
        ``feret_max_um``, ``feret_min_um``, ``elongation``, ``flatness``, ``solidity``,
        ``touches_border``, ``doubtful`` (no here: see :func:`liberation`), ``edge_weight``, and for
        each mineral ``NAME_volume_pct``, ``NAME_surface_pct`` and, where all densities are known,
        ``NAME_mass_pct``; before the surfaces, ``pore_volume_pct``.

    >>> import numpy as np
    >>> particles = np.zeros((6, 6, 6), dtype=np.uint32)
    >>> particles[1:5, 1:5, 1:5] = 1
    >>> phases = particles.astype(np.uint8)
    >>> phases[1:3, 1:5, 1:5] = 2
    >>> minerals = Minerals.of(["Resin", "Quartz", "Pyrite"])
    >>> found = measure(phases, particles, minerals, spacing_um=2.0)
    >>> found["volume_um3"], found["Pyrite_volume_pct"]
    (array([512.]), array([50.]))
    """
    with Listener(progress) as listener:
        found = _corelith.measure(
            phases,
            particles,
            minerals.to_json(),
            spacing_zyx_um(spacing_um),
            json.dumps(dict(settings or {})),
            listener,
        )
    return Table.of(found)


def liberation(
    phases: np.ndarray,
    particles: np.ndarray,
    minerals: Minerals,
    spacing_um: Spacing,
    maps: Sequence[PlacedMap] = (),
    *,
    doubtful: Sequence[int] = (),
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 0,
    progress: Progress = None,
) -> Measurements:
    """Particles, liberation with 95 % intervals, and what sections make of it.

    The liberation of a particle is the share of a mineral in it, by volume, by exposed surface and
    by area on sections: on random planes, and on ``maps`` and the same planes of the volume.

    Args:
        phases: ``uint8[z, y, x]``, rows of the mineral list.
        particles: ``uint32[z, y, x]``, ids from 1; 0 is none.
        minerals: The mineral list.
        spacing_um: Micrometres between voxels.
        maps: Placed maps to hold the volume against.
        doubtful: Ids of particles whose separation is in doubt, as in ``check["doubtful"]`` of a
            :class:`corelith.Segmentation`; they are marked in the table.
        settings: Sections ``measurement``, ``stereology`` and ``liberation`` of a project file.
        seed: Seed of the random planes and the bootstrap.
        progress: See :data:`corelith.progress.Progress`.

    >>> import corelith
    >>> made = corelith.phantom(settings={"shape_vox": [48, 64, 64]}, seed=3)
    >>> found = liberation(made.phases, made.particles, made.minerals, made.spacing_um)
    >>> sorted(set(found.liberation["basis"].tolist()))
    ['area_2d_maps', 'area_2d_random', 'area_2d_virtual', 'surface_3d', 'volume_3d']
    """
    question = Question(
        minerals=minerals.to_json(),
        spacing_um=spacing_zyx_um(spacing_um),
        maps=list(maps),
        doubtful=[int(id) for id in doubtful],
        settings=json.dumps({name: dict(part) for name, part in (settings or {}).items()}),
        seed=seed,
    )
    with Listener(progress) as listener:
        return Measurements.of(_corelith.analyse(phases, particles, question, listener))
