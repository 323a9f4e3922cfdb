"""A whole project on a phantom that corelith wrote, and the same steps on arrays."""

from __future__ import annotations

import json

import numpy as np
import pandas
import pyarrow
import pyarrow.parquet
import pytest
import SimpleITK

import corelith


def test_a_project_runs_end_to_end(project: corelith.Project) -> None:
    summary = project.summary()
    assert summary["name"] == "tiny"
    assert summary["particles"]["count"] == project.particles().rows > 5
    assert (project.output / "report.html").exists()
    assert project.map_names == ["map_0", "map_1"]


def test_volumes_have_types_and_spacing(
    project: corelith.Project, tiny: corelith.Phantom
) -> None:
    ct, spacing_um = project.volume("ct")
    assert spacing_um == tiny.spacing_um
    assert ct.dtype == np.uint16 and (ct == tiny.ct).all()
    phases, particles = (project.volume(name).array for name in ("phases", "particles"))
    assert phases.dtype == np.uint8 and particles.dtype == np.uint32
    assert phases.shape == particles.shape == ct.shape


def test_the_placed_map_lies_where_it_was_cut(
    project: corelith.Project, tiny: corelith.Phantom
) -> None:
    for index, name in enumerate(project.map_names):
        placed = project.placed_map(name)
        assert placed.role == tiny.maps[index].role
        assert (placed.classes == tiny.maps[index].classes).all()
        off = np.linalg.norm(placed.coords_vox - tiny.maps[index].coords_vox, axis=0)
        assert off.mean() < 1.5


def test_a_second_run_changes_nothing(project: corelith.Project) -> None:
    page = project.output / "report.html"
    before = page.stat().st_mtime_ns
    steps: list[str] = []
    project.run(progress=lambda step, *_: steps.append(step))
    assert page.stat().st_mtime_ns == before
    assert not any("train" in step for step in steps)


def test_each_stage_alone_gives_paths(project: corelith.Project) -> None:
    assert set(project.import_()["maps"]) == {"map_0", "map_1"}
    registered = project.register("map_1")
    assert registered["map_1"]["registration"]["status"] == "found"
    assert project.train() == project.output / "models" / "phases"
    assert project.segment()["phases"].name == "phases.tif"
    assert project.measure().particles.rows == project.particles().rows
    assert project.report().name == "report.html"


def test_tables_are_those_of_the_files(project: corelith.Project) -> None:
    table = project.particles()
    stored = pyarrow.parquet.read_table(project.output / "particles.parquet")
    assert stored.column_names == list(table)
    for frame in [
        pandas.DataFrame(table),
        table.to_pandas(),
        pandas.DataFrame.from_arrow(table)
        if hasattr(pandas.DataFrame, "from_arrow")
        else table.to_pandas(),
    ]:
        assert list(frame.columns) == list(table) and len(frame) == table.rows
        np.testing.assert_array_equal(frame["volume_um3"], stored["volume_um3"].to_numpy())
    through_c = pyarrow.RecordBatchReader.from_stream(table).read_all()
    assert through_c.num_rows == table.rows
    curves = project.measurements().liberation_curves
    assert set(curves["mineral"].tolist()) == set(project.minerals.names[1:])


def test_the_model_on_arrays_gives_what_the_stage_gave(project: corelith.Project) -> None:
    ct, spacing_um = project.volume("ct")
    # As the stages see it.
    ct, _ = corelith.correct(ct)
    maps = [project.placed_map("map_0")]
    found = project.model().segment(ct, spacing_um=spacing_um, maps=maps, device="cpu")
    assert (found.phases == project.volume("phases").array).all()
    assert (found.particles == project.volume("particles").array).all()
    stored = project.segment()
    assert found.check == json.loads(stored["check"].read_text())
    assert found.suitability == json.loads(stored["suitability"].read_text())
    assert found.suitability["phases"]["suits"]


def test_a_model_that_does_not_suit_is_told(
    project: corelith.Project, caplog: pytest.LogCaptureFixture
) -> None:
    ct = project.volume("ct").array
    found = project.model().segment(ct, spacing_um=5.0, device="cpu")
    of_phases = found.suitability["phases"]
    assert not of_phases["suits"] and of_phases["found"]["voxel_um"] == [5.0, 5.0]
    assert "voxels of 5 um" in of_phases["differs"][0]
    assert any("voxels of 5 um" in record.message for record in caplog.records)


def test_measures_on_arrays_are_those_of_the_stage(project: corelith.Project) -> None:
    volumes = [project.volume(name).array for name in ("phases", "particles")]
    found = corelith.measure(*volumes, project.minerals, project.spacing_um)
    stage = project.particles()
    assert list(found) == list(stage)
    for name in found:
        if name != "doubtful":
            np.testing.assert_array_equal(found[name], stage[name])
    assert not found["doubtful"].any()
    check = json.loads((project.output / "segmentation/separation.json").read_text())
    maps = [project.placed_map(name) for name in project.map_names]
    all_found = corelith.liberation(
        *volumes, project.minerals, project.spacing_um, maps, doubtful=check["doubtful"]
    )
    for name, column in project.measurements().liberation.items():
        np.testing.assert_array_equal(all_found.liberation[name], column)
    np.testing.assert_array_equal(all_found.particles["doubtful"], stage["doubtful"])


def test_a_map_is_found_and_a_stranger_is_not(tiny: corelith.Phantom) -> None:
    cut = tiny.maps[0]
    inputs = {"spacing_um": tiny.spacing_um, "pixel_um": tiny.pixel_um, "device": "cpu"}
    found = corelith.register(
        tiny.ct, cut.classes, tiny.minerals, bse=cut.bse.astype(np.float32), **inputs
    )
    assert found.found and found.mirrored == (np.linalg.det(cut.ct_from_map[:2, :2]) < 0)
    assert np.linalg.norm(found.coords_vox - cut.coords_vox, axis=0).mean() < 1.0
    other = corelith.phantom(settings={"shape_vox": [80, 144, 144]}, seed=77).maps[0]
    where = {"z": [30, 50]}
    with pytest.raises(corelith.MapNotFoundError, match="slice 9"):
        corelith.register(
            tiny.ct, other.classes, tiny.minerals, name="slice 9", region_vox=where, **inputs
        )


def test_coordinates_are_those_that_simpleitk_resamples_by(tiny: corelith.Phantom) -> None:
    """The pose as SimpleITK's affine transform lands on the same voxels."""
    cut = tiny.maps[0]
    pose = cut.ct_from_map
    rows, cols = cut.classes.shape
    flat = SimpleITK.Image(cols, rows, 1, SimpleITK.sitkFloat32)
    transform = SimpleITK.AffineTransform(3)
    normal = np.cross(pose[:, 0], pose[:, 1])
    transform.SetMatrix(np.column_stack([pose[:, 0], pose[:, 1], normal]).ravel().tolist())
    transform.SetTranslation(pose[:, 2].tolist())
    phases = SimpleITK.GetImageFromArray(tiny.phases.astype(np.float32))
    seen = SimpleITK.GetArrayFromImage(
        SimpleITK.Resample(phases, flat, transform, SimpleITK.sitkNearestNeighbor, 255.0)
    )[0]
    x, y, z = np.rint(cut.coords_vox).astype(int)
    inside = (seen != 255) & np.all(
        [(0 <= a) & (a < n) for a, n in zip((z, y, x), tiny.phases.shape, strict=True)], axis=0
    )
    same = seen[inside] == tiny.phases[z[inside], y[inside], x[inside]]
    # The displacement of up to a voxel moves rims alone.
    assert inside.mean() > 0.8 and same.mean() > 0.85
    upside_down = seen[::-1][inside] == tiny.phases[z[inside], y[inside], x[inside]]
    assert upside_down.mean() < same.mean() - 0.1


def rounded(value: object) -> object:
    """The same with floats to 12 digits: the last one is lost on the way through a file."""
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


def test_a_network_learns_on_arrays(tiny: corelith.Phantom, tmp_path: object) -> None:
    quick = {"width": 4, "levels": 2, "steps": 3, "phantoms": 0}
    arguments = {"spacing_um": tiny.spacing_um, "settings": quick, "device": "cpu"}
    maps = tiny.placed_maps()[:1]
    model = corelith.Unet.train(tiny.ct, maps, tiny.minerals, **arguments)
    assert model.classes == tiny.minerals.names
    assert model.card["trained_on"] == ["map_0"] and model.card["steps"] == 3
    model.write(tmp_path)
    again = corelith.Unet.read(tmp_path)
    assert rounded(again.card) == rounded(model.card)
