"""Where a mineral map lies in a volume."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from corelith import _corelith
from corelith.errors import MapNotFoundError
from corelith.maps import PlacedMap
from corelith.minerals import Minerals
from corelith.progress import Listener, Progress
from corelith.question import Question
from corelith.spacing import Spacing, spacing_zyx_um


@dataclass(frozen=True)
class Registration:
    """Where a map lies, and how sure that is."""

    found: bool
    """Whether the pose stands out from all other places; it is not to be used otherwise."""
    reason: str
    """Why, in a sentence."""
    probability: float
    """Probability that the pose is the right one."""
    ct_from_map: np.ndarray
    """``float64[3, 3]``: takes ``(column, row, 1)`` in pixels to ``(x, y, z)`` in voxels."""
    coords_vox: np.ndarray
    """``float32[3, row, column]``: x, y, z of every pixel in voxels, displacement included."""
    tilt_deg: float
    """Angle between map and slices, 0 to 90 degrees."""
    mirrored: bool
    """Whether the map shows the plane from behind."""
    uncertainty_vox: float
    """Expected mean distance to the true positions; infinite when not found."""
    details: dict[str, Any]
    """All that is known, as in ``registration/MAP.json`` of a project."""

    def placed(
        self,
        name: str,
        classes: np.ndarray,
        pixel_um: float,
        role: Literal["training", "validation"] = "training",
    ) -> PlacedMap:
        """The map at its place, for training and for measuring."""
        return PlacedMap(name, classes, self.coords_vox, pixel_um, role)


def register(
    ct: np.ndarray,
    classes: np.ndarray,
    minerals: Minerals,
    *,
    spacing_um: Spacing,
    pixel_um: float,
    bse: np.ndarray | None = None,
    start: np.ndarray | None = None,
    region_vox: Mapping[str, Sequence[float]] | None = None,
    settings: Mapping[str, Any] | None = None,
    name: str = "map",
    seed: int = 0,
    device: str = "auto",
    check: bool = True,
    progress: Progress = None,
) -> Registration:
    """Finds where a mineral map lies in a CT volume.

    Every position, rotation and both ways round are searched, unless ``start`` or ``region_vox``
    says more.

    Args:
        ct: ``uint16[z, y, x]`` grey values, of cubic voxels.
        classes: ``uint8[row, column]``, rows of the mineral list; 255 where nothing was measured.
        minerals: The mineral list.
        spacing_um: Micrometres between voxels.
        pixel_um: Size of a pixel in micrometres.
        bse: ``float32[row, column]`` backscatter image of the same pixels.
        start: A pose to search near, ``[3, 3]`` as :attr:`Registration.ct_from_map`.
        region_vox: Where the middle of the map lies, such as ``{"z": [40, 60]}``.
        settings: Section ``[registration]`` of a project file.
        name: Name of the map in messages.
        seed: Seed of everything random.
        device: ``"auto"``, ``"gpu"``, ``"cpu"`` or the number of an adapter.
        check: Whether a map that lies nowhere raises; else :attr:`Registration.found` says so.
        progress: See :data:`corelith.progress.Progress`.

    Raises:
        MapNotFoundError: When no place stands out, and ``check`` is set.
        SettingError: When a setting is out of range.
    """
    question = Question(
        name=name,
        minerals=minerals.to_json(),
        spacing_um=spacing_zyx_um(spacing_um),
        pixel_um=pixel_um,
        start=None if start is None else np.asarray(start, dtype=float).tolist(),
        region=None if region_vox is None else json.dumps(_lists(region_vox)),
        settings=json.dumps(dict(settings or {})),
        seed=seed,
        device=device,
    )
    with Listener(progress) as listener:
        text, coords_vox = _corelith.register(ct, classes, bse, question, listener)
    details = json.loads(text)
    registration = Registration(
        found=details["status"] == "found",
        reason=details["reason"],
        probability=details["probability"],
        ct_from_map=np.array(details["ct_from_map"]),
        coords_vox=coords_vox,
        tilt_deg=details["tilt_deg"],
        mirrored=details["mirrored"],
        uncertainty_vox=_or_infinite(details["uncertainty_vox"]),
        details=details,
    )
    if check and not registration.found:
        raise MapNotFoundError(f"{name} is not found in the volume: {registration.reason}")
    return registration


def _lists(region: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    return {axis: [float(end) for end in ends] for axis, ends in region.items()}


def _or_infinite(value: float | None) -> float:
    return math.inf if value is None else value
