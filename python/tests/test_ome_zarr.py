"""``sample.ome.zarr`` as other programs read it: zarr-python, ome-zarr-py and napari's plugin."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import corelith

zarr = pytest.importorskip("zarr")

LABELS = ["phases", "particles"]


@pytest.fixture(scope="module")
def store(project: corelith.Project) -> Path:
    return project.output / "sample.ome.zarr"


@pytest.fixture(scope="module")
def volumes(project: corelith.Project) -> dict[str, np.ndarray]:
    """What level 0 is to hold, by the folder of the levels. 0 is the background of the phases."""
    classes = project.volume("phases").array
    background = project.minerals.class_of(project.minerals.background)
    label_of_class = np.arange(len(project.minerals.rows), dtype=np.uint8)
    label_of_class[:background] += 1
    label_of_class[background] = 0
    return {
        "": project.volume("ct").array,
        "labels/phases": label_of_class[classes],
        "labels/particles": project.volume("particles").array,
    }


def blocks(volume: np.ndarray) -> np.ma.MaskedArray:
    """The two by two by two voxels of every voxel of the next level, ``[z, y, x, 8]``; masked
    beyond the ends."""
    ends = [(0, n % 2) for n in volume.shape]
    beyond = np.pad(np.zeros(volume.shape, dtype=bool), ends, constant_values=True)
    padded = np.ma.masked_array(np.pad(volume, ends), beyond)
    nz, ny, nx = (n // 2 for n in padded.shape)
    parted = padded.reshape(nz, 2, ny, 2, nx, 2).transpose(0, 2, 4, 1, 3, 5)
    return parted.reshape(nz, ny, nx, 8)


def means(volume: np.ndarray) -> np.ndarray:
    """Means of blocks, half a grey value rounded up."""
    mean = blocks(volume.astype(np.int64)).mean(axis=-1)
    return np.floor(mean.filled() + 0.5).astype(volume.dtype)


def commonest(volume: np.ndarray) -> np.ndarray:
    """Commonest labels of blocks, the first of equally common ones."""
    labels = blocks(volume)
    counts = (labels[..., :, None] == labels[..., None, :]).sum(axis=-1).filled(0)
    first = np.argmax(counts, axis=-1)
    return np.take_along_axis(labels.data, first[..., None], axis=-1)[..., 0]


def levels(store: Path, folder: str) -> list[np.ndarray]:
    """Every level that the metadata name, read by zarr-python."""
    group = zarr.open_group(store / folder, mode="r")
    datasets = group.attrs["ome"]["multiscales"][0]["datasets"]
    return [np.asarray(group[dataset["path"]][...]) for dataset in datasets]


@pytest.mark.parametrize("folder", ["", "labels/phases", "labels/particles"])
def test_zarr_python_reads_every_level(
    store: Path, volumes: dict[str, np.ndarray], folder: str
) -> None:
    found = levels(store, folder)
    assert len(found) > 1
    assert found[0].dtype == volumes[folder].dtype
    assert np.array_equal(found[0], volumes[folder])
    coarser = commonest if folder else means
    for finer, level in zip(found, found[1:]):
        assert level.dtype == finer.dtype
        assert np.array_equal(level, coarser(finer))
    # The last level is a thumbnail, the one before is none.
    assert max(found[-1].shape) <= 128 < max(found[-2].shape)


def test_halving_is_checked_by_numbers_worked_out_by_hand() -> None:
    volume = np.array([[[1, 2, 9], [3, 5, 8]]], dtype=np.uint16)
    assert means(volume).tolist() == [[[3, 9]]]
    assert commonest(np.array([[[7, 9, 4], [9, 7, 0]]], dtype=np.uint8)).tolist() == [[[7, 4]]]


def test_the_metadata_keep_to_the_schemas(store: Path) -> None:
    """The JSON schemas of OME-NGFF 0.5."""
    jsonschema = pytest.importorskip("jsonschema")
    referencing = pytest.importorskip("referencing")
    pytest.importorskip("ome_zarr_io")
    folder = files("ome_zarr_io") / "spec" / "0.5" / "schemas"
    schemas = {file.name: json.loads(file.read_text()) for file in folder.iterdir()}
    registry = referencing.Registry().with_resources(
        (schema["$id"], referencing.jsonschema.DRAFT202012.create_resource(schema))
        for schema in schemas.values()
    )

    def errors(folder: str, schema: str) -> list[str]:
        found = json.loads((store / folder / "zarr.json").read_text())["attributes"]
        validator = jsonschema.Draft202012Validator(schemas[schema], registry=registry)
        return [error.message for error in validator.iter_errors(found)]

    for folder in ["", *(f"labels/{name}" for name in LABELS)]:
        assert errors(folder, "image.schema") == []
    for name in LABELS:
        assert errors(f"labels/{name}", "label.schema") == []
    assert errors("labels", "image.schema") == ["'multiscales' is a required property"]


def test_ome_zarr_models_read_it(store: Path) -> None:
    models = pytest.importorskip("ome_zarr_models.v05")
    image = models.Image.from_zarr(zarr.open_group(store, mode="r"))
    assert image.labels.attributes.ome.labels == LABELS
    for name in LABELS:
        label = models.ImageLabel.from_zarr(zarr.open_group(store / "labels" / name, mode="r"))
        assert len(label.attributes.ome.multiscales[0].datasets) > 1


def colour(project: corelith.Project, name: str) -> list[float]:
    """Red, green, blue and opacity of a mineral, 0 to 1; the background is clear."""
    mineral = project.minerals.rows[project.minerals.class_of(name)]
    return [*np.divide(mineral.rgb, 255), float(name != project.minerals.background)]


def scale_and_translation(transformations: list[dict[str, Any]]) -> tuple[list[float], list[float]]:
    of_type = {found["type"]: found for found in transformations}
    assert list(of_type) == ["scale", "translation"]
    return of_type["scale"]["scale"], of_type["translation"]["translation"]


def test_ome_zarr_py_reads_image_and_labels(
    store: Path, volumes: dict[str, np.ndarray], project: corelith.Project
) -> None:
    pytest.importorskip("ome_zarr")
    from ome_zarr.io import parse_url
    from ome_zarr.reader import Reader

    nodes = {node.metadata["name"]: node for node in Reader(parse_url(store))() if node.data}
    assert list(nodes) == [project.name, *LABELS]
    for node, (folder, volume) in zip(nodes.values(), volumes.items()):
        assert [level.shape for level in node.data] == [n.shape for n in levels(store, folder)]
        assert np.array_equal(node.data[0].compute(), volume)
        axes = node.metadata["axes"]
        assert [axis["name"] for axis in axes] == ["z", "y", "x"]
        assert {(axis["type"], axis["unit"]) for axis in axes} == {("space", "micrometer")}
        for level, transformations in enumerate(node.metadata["coordinateTransformations"]):
            scale, translation = scale_and_translation(transformations)
            assert scale == pytest.approx(np.multiply(project.spacing_um, 2**level))
            # A block's middle is half a fine voxel beyond the middle of its first voxel.
            assert translation == pytest.approx(np.multiply(project.spacing_um, (2**level - 1) / 2))
    [[low, high]] = nodes[project.name].metadata["contrast_limits"]
    assert (volumes[""] <= low).mean() == pytest.approx(0.001, abs=0.001)
    assert (volumes[""] > high).mean() == pytest.approx(0.001, abs=0.001)
    phases = nodes["phases"].metadata
    for label, rgba in phases["color"].items():
        assert rgba == pytest.approx(colour(project, phases["properties"][label]["name"]))
    assert sorted(phases["color"]) == list(range(len(project.minerals.rows)))


def test_the_plugin_of_napari_opens_it(
    store: Path, volumes: dict[str, np.ndarray], project: corelith.Project
) -> None:
    pytest.importorskip("napari_ome_zarr")
    npe2 = pytest.importorskip("npe2")
    from napari.components import ViewerModel

    npe2.PluginManager.instance().discover()
    viewer = ViewerModel()
    viewer.open(store, plugin="napari-ome-zarr")
    layers = {layer.name.split("/")[-1]: layer for layer in viewer.layers}
    assert list(layers) == [f"{project.name}: CT", *LABELS]
    for layer, volume in zip(viewer.layers, volumes.values()):
        assert layer.multiscale
        assert np.array_equal(np.asarray(layer.data[0]), volume)
        # Where voxels lie, whatever the layer puts into its scale, translation and affine.
        for index in [(0, 0, 0), (1, 0, 0), (5, 7, 11)]:
            expected_um = np.multiply(index, project.spacing_um)
            assert layer.data_to_world(index) == pytest.approx(expected_um)
        assert [str(unit) for unit in layer.units] == ["micrometer"] * 3
    phases = layers["phases"]
    for label, name in zip(phases.features["index"], phases.features["name"]):
        assert phases.colormap.map(label) == pytest.approx(colour(project, name))
