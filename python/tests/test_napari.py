"""Results in napari, without a window."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import corelith
import corelith.napari

pytest.importorskip("napari", reason="napari is not installed")
pandas = pytest.importorskip("pandas")

from napari.components import ViewerModel  # noqa: E402


@pytest.fixture(scope="module")
def viewer(project: corelith.Project) -> ViewerModel:
    return corelith.napari.open(project.output, ViewerModel())


@pytest.fixture
def results(project: corelith.Project, tmp_path: Path) -> Path:
    """A copy of the results that a test may change."""
    return Path(shutil.copytree(project.output, tmp_path / "results"))


def at(layer: Any, points_um: np.ndarray) -> np.ndarray:
    """Values of a volume at points of the world, of the nearest voxel; z, y, x."""
    indices = np.rint([layer.world_to_data(point) for point in points_um]).astype(int)
    return np.asarray(layer.data)[tuple(indices.T)]


def world(surface: Any, every: int = 1) -> np.ndarray:
    """Vertices of a surface in the world."""
    return np.array([surface.data_to_world(vertex) for vertex in surface.vertices[::every]])


def test_layers_are_the_volumes_and_the_maps(
    viewer: ViewerModel, project: corelith.Project
) -> None:
    names = [layer.name for layer in viewer.layers]
    assert names == ["CT", "phases", "particles", *project.map_names]
    for name, volume in [("CT", "ct"), ("phases", "phases"), ("particles", "particles")]:
        assert np.array_equal(viewer.layers[name].data, project.volume(volume).array)
    assert viewer.layers.selection.active is viewer.layers["particles"]
    assert viewer.canvas.overlays.scale_bar.visible


def test_everything_is_in_micrometres(viewer: ViewerModel, project: corelith.Project) -> None:
    assert tuple(viewer.dims.axis_labels) == ("z", "y", "x")
    for layer in viewer.layers:
        assert tuple(layer.scale) == project.spacing_um
        assert [str(unit) for unit in layer.units] == ["micrometer"] * 3
    particles = viewer.layers["particles"]
    table = particles.features
    largest = table.loc[table["voxels"].idxmax()]
    indices = np.argwhere(particles.data == largest["index"])
    centre_um = particles.data_to_world(indices.mean(axis=0))
    assert centre_um == pytest.approx(largest[[f"centroid_{axis}_um" for axis in "zyx"]].tolist())


def test_the_spacing_of_each_axis_goes_to_that_axis(results: Path) -> None:
    path = results / "summary.json"
    summary = json.loads(path.read_text())
    summary["voxel_um"] = [1.0, 2.0, 3.0]
    path.write_text(json.dumps(summary))
    viewer = corelith.napari.open(results, ViewerModel())
    assert all(tuple(layer.scale) == (3.0, 2.0, 1.0) for layer in viewer.layers)


def test_phases_have_the_colours_and_names_of_the_list(
    viewer: ViewerModel, project: corelith.Project
) -> None:
    phases = viewer.layers["phases"]
    for label, mineral in enumerate(project.minerals.rows):
        red, green, blue, opacity = phases.colormap.map(label)
        assert (red, green, blue) == pytest.approx(np.array(mineral.rgb) / 255)
        assert opacity == (mineral.name != project.minerals.background)
    assert phases.features["mineral"].tolist() == project.minerals.names
    assert phases.features["index"].tolist() == list(range(len(project.minerals.rows)))


def test_the_features_of_a_label_are_its_row_of_the_table(
    viewer: ViewerModel, project: corelith.Project
) -> None:
    features = viewer.layers["particles"].features
    table = project.particles()
    assert list(features.columns) == ["index", *[name for name in table if name != "id"]]
    assert features["index"].tolist() == table["id"].tolist()
    for name in ["voxels", "volume_um3", "touches_border", "LiAlO2_volume_pct"]:
        assert features[name].to_numpy() == pytest.approx(table[name])


@pytest.mark.parametrize("name", ["map_0", "map_1"])
def test_surfaces_lie_where_the_maps_were_cut(
    viewer: ViewerModel, project: corelith.Project, name: str
) -> None:
    surface = viewer.layers[name]
    placed = project.placed_map(name)
    measured = placed.classes != 255
    assert len(surface.vertices) == measured.sum()
    assert np.array_equal(surface.vertices, placed.coords_vox[::-1, measured].T)
    # The plane of the phantom from which the map was taken, to within the expected misplacement.
    truth = project.path.parent / "truth"
    summary = project.summary()["registration"][name]
    points_um = world(surface, every=97)
    minerals = corelith.read_volume(truth / "phases.tif").array
    phases = viewer.layers["phases"]
    true_phases = type(phases)(minerals, scale=phases.scale, units=phases.units)
    classes = placed.classes[measured][::97]
    assert (at(true_phases, points_um) == classes).mean() > 0.9
    # What is shown: bright CT under solid pixels, dark under resin; colours of the classes.
    solid = classes != project.minerals.class_of(project.minerals.background)
    greys = at(viewer.layers["CT"], points_um)
    assert np.median(greys[solid]) > np.percentile(greys[~solid], 95)
    colours = surface.vertex_colors[::97, :3] * 255
    assert np.array_equal(np.rint(colours), project.minerals.colours[classes])
    # A plane: its vertices lie in it as closely as the displacement is small.
    centred = points_um - points_um.mean(axis=0)
    normal = np.linalg.svd(centred, full_matrices=False)[2][-1]
    vertical_deg = np.degrees(np.arccos(abs(normal[0])))
    assert vertical_deg == pytest.approx(summary["tilt_deg"], abs=0.3)
    assert np.abs(centred @ normal).max() < 2 * project.spacing_um[0]


def test_triangles_leave_out_what_was_not_measured() -> None:
    classes = np.zeros((4, 5), dtype=np.uint8)
    classes[1, 2] = 255
    row, column = np.indices(classes.shape)
    coords_vox = np.stack([column, row, 10 * np.ones_like(row)]).astype(np.float32)
    surface = corelith.napari._surface("map", classes, coords_vox)
    assert len(surface.vertices_vox) == len(surface.classes) == 19
    # Of 3 x 4 squares four touch the hole; the others are two triangles of half a square each.
    assert len(surface.faces) == 2 * 8
    a, b, c = (surface.vertices_vox[surface.faces[:, corner]] for corner in range(3))
    assert np.allclose(np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2, 0.5)
    assert (surface.vertices_vox[:, 0] == 10).all()


def test_large_maps_are_shown_by_fewer_vertices(
    project: corelith.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corelith.napari, "VERTICES_MAX", 2000)
    viewer = corelith.napari.open(project.output, ViewerModel())
    for name in project.map_names:
        assert 500 < len(viewer.layers[name].vertices) <= 2000


def colour_of(particles: Any, label: int) -> list[float]:
    return particles.colormap.map(label).tolist()


def test_particles_are_coloured_by_a_column(project: corelith.Project) -> None:
    from napari.utils.colormaps import ensure_colormap

    particles = corelith.napari.open(project.output, ViewerModel()).layers["particles"]
    table = project.particles()
    limits = corelith.napari.colour_by(particles, "volume_um3")
    assert limits == (table["volume_um3"].min(), table["volume_um3"].max())
    shares = table["volume_um3"] / limits[1]
    expected = ensure_colormap("viridis").map(shares)
    found = np.array([colour_of(particles, label) for label in table["id"]])
    assert found == pytest.approx(expected, abs=0.02)
    assert colour_of(particles, 0)[3] == 0.0

    assert corelith.napari.colour_by(particles, "volume_um3", limits=(0.0, 1.0)) == (0.0, 1.0)
    assert colour_of(particles, 1) == pytest.approx(ensure_colormap("viridis").map(1.0)[0].tolist())

    corelith.napari.colour_by(particles, "touches_border", colormap="gray")
    for label, touches in zip(table["id"], table["touches_border"]):
        assert colour_of(particles, label)[:3] == [float(touches)] * 3


def test_particles_without_a_value_are_grey(project: corelith.Project) -> None:
    particles = corelith.napari.open(project.output, ViewerModel()).layers["particles"]
    features = particles.features.copy()
    features.loc[0, "sphericity"] = np.nan
    features["empty"] = np.nan
    particles.features = features
    corelith.napari.colour_by(particles, "sphericity")
    assert colour_of(particles, features["index"][0]) == [0.5, 0.5, 0.5, 1.0]
    assert colour_of(particles, features["index"][1]) != [0.5, 0.5, 0.5, 1.0]
    corelith.napari.colour_by(particles, "empty")
    assert colour_of(particles, features["index"][1]) == [0.5, 0.5, 0.5, 1.0]


def test_a_column_that_is_not_there_is_named(viewer: ViewerModel) -> None:
    with pytest.raises(KeyError, match="no column 'Gold_volume_pct'.*LiAlO2_volume_pct"):
        corelith.napari.colour_by(viewer.layers["particles"], "Gold_volume_pct")


@pytest.mark.parametrize(
    "missing",
    [
        "summary.json",
        "particles.csv",
        "import/ct.tif",
        "import/maps/map_1.tif",
        "registration/map_1_coords.tif",
        "segmentation/phases.csv",
        "segmentation/phases.tif",
        "segmentation/particles.tif",
    ],
)
def test_incomplete_results_are_refused(results: Path, missing: str) -> None:
    (results / missing).unlink()
    viewer = ViewerModel()
    with pytest.raises(FileNotFoundError, match=f"{missing} is missing: .*every stage"):
        corelith.napari.open(results, viewer)
    assert not viewer.layers


def test_a_map_that_was_not_found_is_left_out(results: Path) -> None:
    path = results / "summary.json"
    summary = json.loads(path.read_text())
    summary["registration"]["map_0"]["status"] = "not_found"
    path.write_text(json.dumps(summary))
    names = [layer.name for layer in corelith.napari.open(results, ViewerModel()).layers]
    assert "map_0" not in names and "map_1" in names
