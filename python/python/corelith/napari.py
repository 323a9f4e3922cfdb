"""Results in napari: ``corelith.napari.open("results")``.

Needs napari (``pip install "corelith[napari]"``).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from corelith import _corelith
from corelith.files import read_volume
from corelith.maps import UNMEASURED

VERTICES_MAX = 250_000
"""A map of more pixels is shown by every second, third ... of them."""


def open(results: str | os.PathLike[str], viewer: Any = None) -> Any:
    """Shows a folder of results: CT, phases in the colours of the mineral list, particles with their
    table as features, and every map that was found as a surface in its place.

    All in micrometres. :func:`colour_by` colours the particles by a column of the table.

    Args:
        results: The folder.
        viewer: The viewer to add to; a new one by default.

    Returns:
        The viewer. ``napari.run()`` keeps it open in a script.

    Raises:
        FileNotFoundError: When something is not there: the stages have not all run.
    """
    import napari

    folder = Path(results)
    read = _Results(folder)
    if viewer is None:
        viewer = napari.Viewer(title=read.name)
    scale = read.spacing_um
    ct = read.volume("import/ct.tif")
    viewer.add_image(
        ct,
        name="CT",
        scale=scale,
        units="um",
        colormap="gray",
        contrast_limits=np.percentile(ct[:: max(1, len(ct) // 32)], [0.1, 99.9]),
    )
    viewer.add_labels(
        read.volume("segmentation/phases.tif"),
        name="phases",
        scale=scale,
        units="um",
        colormap=read.phase_colours(),
        features=read.phase_names(),
        opacity=0.5,
        visible=False,
    )
    viewer.add_labels(
        read.volume("segmentation/particles.tif"),
        name="particles",
        scale=scale,
        units="um",
        features=read.particles(),
        opacity=0.5,
    )
    for name, surface, colours in read.maps():
        viewer.add_surface(
            surface,
            name=name,
            scale=scale,
            units="um",
            vertex_colors=colours,
            shading="none",
            visible=False,
        )
    viewer.dims.axis_labels = ("z", "y", "x")
    return viewer


def colour_by(particles: Any, column: str, colormap: str = "viridis") -> None:
    """Colours the particles by a column of their table, such as ``"LiAlO2_volume_pct"``.

    The colours go from the least to the greatest value; particles without one are grey.

    Args:
        particles: The layer ``particles`` of :func:`open`.
        column: A column of numbers, or of yes and no.
        colormap: A colour map of napari.

    Raises:
        KeyError: When the table has no such column.
    """
    from napari.utils import DirectLabelColormap
    from napari.utils.colormaps import ensure_colormap

    features = particles.features
    values = features[column].to_numpy(dtype=float)
    known = np.isfinite(values)
    least, greatest = (values[known].min(), values[known].max()) if known.any() else (0.0, 0.0)
    shares = (values - least) / ((greatest - least) or 1.0)
    colours = ensure_colormap(colormap).map(np.where(known, shares, 0.0))
    colours[~known] = (0.5, 0.5, 0.5, 1.0)
    by_label = dict(zip(features["index"].tolist(), colours))
    particles.colormap = DirectLabelColormap(color_dict={None: "transparent", 0: "transparent", **by_label})


class _Results:
    """What a folder of results holds."""

    def __init__(self, folder: Path) -> None:
        summary = json.loads(_text(folder / "summary.json"))
        x_um, y_um, z_um = summary["voxel_um"]
        self.folder = folder
        self.name: str = summary["name"]
        self.spacing_um: tuple[float, float, float] = (z_um, y_um, x_um)
        self.legend = _table(folder / "segmentation" / "phases.csv")

    def volume(self, path: str) -> np.ndarray:
        return read_volume(_existing(self.folder / path)).array

    def _rgb(self) -> np.ndarray:
        """``float[label, channel]``, 0 to 1."""
        return self.legend[["red", "green", "blue"]].to_numpy(dtype=float) / 255.0

    def phase_colours(self) -> Any:
        from napari.utils import DirectLabelColormap

        colours: dict[int | None, Any] = {None: "transparent"}
        for label, rgb, is_background in zip(
            self.legend["label"].tolist(), self._rgb(), self.legend["background"].tolist()
        ):
            colours[label] = (*rgb, 0.0 if is_background else 1.0)
        return DirectLabelColormap(color_dict=colours)

    def phase_names(self) -> Any:
        return self.legend[["label", "mineral"]].rename(columns={"label": "index"})

    def particles(self) -> Any:
        """The table, a row a label; ``index`` is the label."""
        return _table(self.folder / "particles.csv").rename(columns={"id": "index"})

    def maps(self) -> Any:
        """For each map that was found its name, its surface and the colours of its vertices."""
        rgb = self._rgb()
        for placement in sorted((self.folder / "registration").glob("*.json")):
            name = placement.stem
            if json.loads(_text(placement))["status"] != "found":
                continue
            classes, coords_vox = _corelith.read_map(
                os.fspath(_existing(self.folder / "import" / "maps" / f"{name}.tif")),
                os.fspath(_existing(placement.with_name(f"{name}_coords.tif"))),
            )
            vertices, faces, shown = _surface(classes, coords_vox)
            if len(faces):
                yield name, (vertices, faces), np.c_[rgb[shown], np.ones(len(shown))]


def _surface(
    classes: np.ndarray, coords_vox: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices (z, y, x in voxels), triangles, and the class of every vertex. Pixels that were not
    measured leave holes."""
    step = max(1, int(np.ceil(np.sqrt(classes.size / VERTICES_MAX))))
    classes = classes[::step, ::step]
    coords_vox = coords_vox[:, ::step, ::step]
    measured = (classes != UNMEASURED) & np.isfinite(coords_vox).all(axis=0)
    number = np.cumsum(measured).reshape(measured.shape) - 1
    whole = measured[:-1, :-1] & measured[:-1, 1:] & measured[1:, :-1] & measured[1:, 1:]
    corners = [number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]]
    a, b, c, d = (corner[whole] for corner in corners)
    faces = np.concatenate([np.c_[a, b, c], np.c_[b, d, c]])
    return coords_vox[::-1, measured].T, faces, classes[measured]


def _existing(path: Path) -> Path:
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there: run every stage, with `corelith run`")
    return path


def _text(path: Path) -> str:
    return _existing(path).read_text(encoding="utf-8")


def _table(path: Path) -> Any:
    import pandas

    return pandas.read_csv(_existing(path))
