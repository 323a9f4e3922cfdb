"""Results in napari: ``corelith.napari.open("results")`` shows them, :func:`colour_by` colours the
particles by a column of their table.

Needs napari 0.9 or newer and pandas: ``pip install "corelith[napari]"``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from corelith import _corelith
from corelith.files import read_volume
from corelith.maps import UNMEASURED

VERTICES_MAX = 250_000
"""Of a map with more pixels, only every second (third, ...) row and column is shown."""

COLOURS = 255
"""Steps of a colour map. Together with nothing they fit the 8 bits that napari is fastest with."""

_HIDDEN = (0.0, 0.0, 0.0, 0.0)
_UNKNOWN = (0.5, 0.5, 0.5, 1.0)


def open(results: str | os.PathLike[str], viewer: Any = None) -> Any:
    """Shows the results of a run, all in micrometres.

    The layers are ``CT``; ``phases`` in the colours of the mineral list, its background clear;
    ``particles``, with the table of particles as features; and for each map that was found a surface
    in its place, as large as what was measured of it. Volumes are read into memory: 7 bytes a voxel.

    Args:
        results: The folder of results.
        viewer: The ``napari.Viewer`` to add layers to; a new one by default.

    Returns:
        The viewer. In a script, ``napari.run()`` keeps its window open.

    Raises:
        FileNotFoundError: When a file of the results is missing; no layer is added then.
        CorelithError: When a file cannot be read.
    """
    import napari

    found = _Results.read(Path(results))
    if viewer is None:
        viewer = napari.Viewer(title=found.name)
    placed = {"scale": found.spacing_um, "units": "um", "axis_labels": ("z", "y", "x")}
    viewer.add_image(
        found.ct,
        name="CT",
        colormap="gray",
        contrast_limits=_contrast(found.ct),
        **placed,
    )
    viewer.add_labels(
        found.phases,
        name="phases",
        colormap=_phase_colours(found.legend),
        features=found.legend[["label", "mineral"]].rename(columns={"label": "index"}),
        opacity=0.5,
        visible=False,
        **placed,
    )
    particles = viewer.add_labels(
        found.particles,
        name="particles",
        features=found.table.rename(columns={"id": "index"}),
        opacity=0.5,
        **placed,
    )
    for mineral_map in found.maps:
        viewer.add_surface(
            (mineral_map.vertices_vox, mineral_map.faces),
            name=mineral_map.name,
            vertex_colors=np.insert(_rgb(found.legend)[mineral_map.classes], 3, 1.0, axis=1),
            shading="none",
            visible=False,
            **placed,
        )
    viewer.layers.selection.active = particles
    viewer.canvas.overlays.scale_bar.visible = True
    return viewer


def colour_by(
    particles: Any,
    column: str,
    *,
    limits: tuple[float, float] | None = None,
    colormap: str = "viridis",
) -> tuple[float, float]:
    """Colours the particles by a column of their table. Particles without a value are grey.

    Args:
        particles: The layer ``particles`` of :func:`open`.
        column: A column of numbers or of yes and no, such as ``"LiAlO2_volume_pct"``.
        limits: The values at both ends of the colour map; the least and the greatest of the column
            by default.
        colormap: Name of a colour map of napari.

    Returns:
        The values at both ends of the colour map.

    Raises:
        KeyError: When the table has no such column.
    """
    from napari.utils import DirectLabelColormap
    from napari.utils.colormaps import ensure_colormap

    table = particles.features
    if column not in table:
        raise KeyError(f"no column {column!r} in the table of particles: {', '.join(table)}")
    values = table[column].to_numpy(dtype=float)
    known = np.isfinite(values)
    if limits is None:
        limits = (values[known].min(), values[known].max()) if known.any() else (0.0, 1.0)
    low, high = map(float, limits)
    shares = np.clip((values[known] - low) / ((high - low) or 1.0), 0.0, 1.0)
    steps = np.rint(shares * (COLOURS - 1)).astype(int)
    colours = np.tile(np.array(_UNKNOWN, dtype=np.float32), (len(values), 1))
    colours[known] = ensure_colormap(colormap).map(np.linspace(0.0, 1.0, COLOURS))[steps]
    of_label: dict[int | None, Any] = {None: _HIDDEN, 0: _HIDDEN}
    of_label.update(zip(table["index"].tolist(), colours))
    particles.colormap = DirectLabelColormap(color_dict=of_label)
    return low, high


class _Map(NamedTuple):
    """A mineral map as a surface."""

    name: str
    vertices_vox: np.ndarray
    """``float32[vertex, 3]``: z, y, x."""
    faces: np.ndarray
    """``int[triangle, 3]``: vertices."""
    classes: np.ndarray
    """``uint8[vertex]``: rows of the mineral list."""


class _Results(NamedTuple):
    """What a folder of results holds."""

    name: str
    spacing_um: tuple[float, float, float]
    ct: np.ndarray
    phases: np.ndarray
    particles: np.ndarray
    legend: Any
    """A row a phase: ``label``, ``mineral``, ``red``, ``green``, ``blue``, ``background``."""
    table: Any
    """A row a particle."""
    maps: list[_Map]

    @classmethod
    def read(cls, folder: Path) -> _Results:
        import pandas

        summary = json.loads(_existing(folder / "summary.json").read_text(encoding="utf-8"))
        x_um, y_um, z_um = summary["voxel_um"]
        segmentation = folder / "segmentation"
        return cls(
            name=summary["name"],
            spacing_um=(z_um, y_um, x_um),
            legend=pandas.read_csv(_existing(segmentation / "phases.csv")),
            table=pandas.read_csv(_existing(folder / "particles.csv")),
            maps=[
                _read_map(folder, name)
                for name, registration in summary["registration"].items()
                if registration["status"] == "found"
            ],
            ct=read_volume(_existing(folder / "import" / "ct.tif")).array,
            phases=read_volume(_existing(segmentation / "phases.tif")).array,
            particles=read_volume(_existing(segmentation / "particles.tif")).array,
        )


def _existing(path: Path) -> Path:
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: expected a folder in which every stage has run (`corelith run`)"
        )
    return path


def _read_map(folder: Path, name: str) -> _Map:
    classes, coords_vox = _corelith.read_map(
        os.fspath(_existing(folder / "import" / "maps" / f"{name}.tif")),
        os.fspath(_existing(folder / "registration" / f"{name}_coords.tif")),
    )
    step = max(1, int(np.ceil(np.sqrt(classes.size / VERTICES_MAX))))
    return _surface(name, classes[::step, ::step], coords_vox[:, ::step, ::step])


def _surface(name: str, classes: np.ndarray, coords_vox: np.ndarray) -> _Map:
    """A vertex for each pixel of a map; a hole where a pixel was not measured.

    Args:
        name: Name of the map.
        classes: ``uint8[row, column]``.
        coords_vox: ``float32[3, row, column]``: x, y, z.
    """
    measured = classes != UNMEASURED
    vertex = np.cumsum(measured).reshape(measured.shape) - 1
    whole = measured[:-1, :-1] & measured[:-1, 1:] & measured[1:, :-1] & measured[1:, 1:]
    corners = vertex[:-1, :-1], vertex[:-1, 1:], vertex[1:, :-1], vertex[1:, 1:]
    a, b, c, d = (corner[whole] for corner in corners)
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([b, d, c], axis=1)])
    return _Map(name, coords_vox[::-1, measured].T, faces, classes[measured])


def _contrast(ct: np.ndarray) -> tuple[float, float]:
    """Grey values that are shown as black and as white."""
    slices = ct[:: max(1, len(ct) // 32)]
    low, high = np.percentile(slices, [0.1, 99.9])
    return low, max(high, low + 1.0)


def _rgb(legend: Any) -> np.ndarray:
    """``float[class, channel]`` from 0 to 1."""
    return legend[["red", "green", "blue"]].to_numpy(dtype=float) / 255.0


def _phase_colours(legend: Any) -> Any:
    from napari.utils import DirectLabelColormap

    opacity = np.where(legend["background"], 0.0, 1.0)
    colours = np.column_stack([_rgb(legend), opacity])
    return DirectLabelColormap(
        color_dict={None: _HIDDEN, **dict(zip(legend["label"].tolist(), colours))}
    )
