"""3D U-Nets: learned from placed maps, and applied to volumes."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from corelith import _corelith
from corelith.maps import PlacedMap
from corelith.minerals import Minerals
from corelith.progress import Listener, Progress
from corelith.question import Question
from corelith.spacing import Spacing, spacing_zyx_um


@dataclass(frozen=True)
class Segmentation:
    """A phase and a particle for every voxel."""

    phases: np.ndarray
    """``uint8[z, y, x]``: rows of the mineral list."""
    particles: np.ndarray
    """``uint32[z, y, x]``: 0 none, particles 1 to N."""
    probabilities: list[np.ndarray] | None
    """``uint8[z, y, x]`` for each class, 0 to 255, where they were asked for."""
    check: dict[str, Any]
    """What touching particles came apart by, and how well the maps bear it out."""
    suitability: dict[str, Any]
    """For the network of ``phases`` and that of ``particles``: whether it ``suits`` the volume, what
    scans it was ``trained`` on, what was ``found`` here, and in what that ``differs``."""


class Unet:
    """A trained network; a model of this program, as ``corelith train`` writes it."""

    def __init__(self, native: _corelith.Network) -> None:
        self._native = native

    @classmethod
    def read(cls, folder: str | os.PathLike[str]) -> Unet:
        """The model in a folder such as ``results/models/phases``."""
        return cls(_corelith.Network.read(os.fspath(folder)))

    @classmethod
    def pretrained(cls, task: Literal["phases", "particles"] = "phases") -> Unet:
        """The model that comes with the program, learned from phantoms of slag.

        >>> Unet.pretrained().classes
        ['Background', 'LiAlO2', 'Gehlenite', 'Spinel', 'Glass', 'Metal']
        """
        return cls(_corelith.Network.pretrained(task))

    @classmethod
    def train(
        cls,
        ct: np.ndarray,
        maps: Sequence[PlacedMap],
        minerals: Minerals,
        *,
        spacing_um: Spacing,
        settings: Mapping[str, Any] | None = None,
        seed: int = 0,
        device: str = "auto",
        progress: Progress = None,
    ) -> Unet:
        """Trains a network on the voxels that maps pass through.

        Args:
            ct: ``uint16[z, y, x]`` grey values.
            maps: Maps at their places; each is learned from, whatever its role.
            minerals: The mineral list.
            spacing_um: Micrometres between voxels.
            settings: Section ``[training]`` of a project file, such as ``{"minutes": 5}``.
            seed: Seed of everything random.
            device: ``"auto"``, ``"gpu"``, ``"cpu"`` or the number of an adapter.
            progress: See :data:`corelith.progress.Progress`.
        """
        lessons = Question(
            minerals=minerals.to_json(),
            spacing_um=spacing_zyx_um(spacing_um),
            maps=list(maps),
            settings=json.dumps(dict(settings or {})),
            seed=seed,
            device=device,
        )
        with Listener(progress) as listener:
            return cls(_corelith.Network.train(ct, lessons, listener))

    def segment(
        self,
        ct: np.ndarray,
        *,
        spacing_um: Spacing,
        maps: Sequence[PlacedMap] = (),
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        device: str = "auto",
        progress: Progress = None,
    ) -> Segmentation:
        """Gives every voxel of a volume a phase and a particle.

        A volume unlike the one that the model was trained on is told of in the log ``corelith``.

        Args:
            ct: ``uint16[z, y, x]`` grey values.
            spacing_um: Micrometres between voxels.
            maps: Maps at their places, by whose sections the way to part touching particles is
                chosen; may be none.
            settings: Sections ``segmentation``, ``separation`` and ``regions`` of a project file,
                such as ``{"segmentation": {"probabilities": True}}``.
            device: As for :meth:`train`.
            progress: See :data:`corelith.progress.Progress`.
        """
        task = Question(
            spacing_um=spacing_zyx_um(spacing_um),
            maps=list(maps),
            settings=json.dumps({name: dict(part) for name, part in (settings or {}).items()}),
            device=device,
        )
        with Listener(progress) as listener:
            phases, particles, probabilities, *about = self._native.segment(ct, task, listener)
        check, suitability = map(json.loads, about)
        return Segmentation(phases, particles, probabilities, check, suitability)

    def write(self, folder: str | os.PathLike[str]) -> None:
        """Writes weights, card and training curve into a folder."""
        self._native.write(os.fspath(folder))

    @property
    def card(self) -> dict[str, Any]:
        """What the model is, what it was trained on, and how well it did."""
        return json.loads(self._native.card())

    @property
    def classes(self) -> list[str]:
        """Names of what it tells apart, by class."""
        return self.card["classes"]["names"]

    @property
    def warnings(self) -> list[str]:
        """What the user should know of its training."""
        return self._native.warnings()
