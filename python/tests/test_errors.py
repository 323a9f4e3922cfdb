"""What is refused, and what the message says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import corelith


def test_a_wrong_dtype_names_both() -> None:
    with pytest.raises(corelith.DtypeError, match="expected dtype bool or uint8, found float64"):
        corelith.distance(np.zeros((3, 3, 3)))
    with pytest.raises(corelith.DtypeError, match="`labels`: expected dtype uint32, found int64"):
        corelith.statistics(np.zeros((3, 3, 3), dtype=np.int64))
    with pytest.raises(TypeError, match="bool, uint8, uint16 or uint32, found float32"):
        corelith.label(np.zeros((3, 3, 3), dtype=np.float32))
    with pytest.raises(corelith.DtypeError, match="found >u2"):
        corelith.label(np.zeros((3, 3, 3), dtype=">u2"))


def test_a_wrong_number_of_axes_names_both() -> None:
    with pytest.raises(corelith.ShapeError, match=r"expected 3 axes \[z, y, x\], found 2"):
        corelith.label(np.zeros((3, 4), dtype=np.uint8))


def test_what_is_no_array_is_told_so() -> None:
    with pytest.raises(corelith.DtypeError, match="expected a numpy array .* found list"):
        corelith.label([[[1]]])


def test_volumes_of_different_shapes_name_both() -> None:
    minerals = corelith.Minerals.of(["Resin", "Quartz"])
    phases = np.zeros((3, 4, 5), dtype=np.uint8)
    particles = np.zeros((3, 4, 6), dtype=np.uint32)
    with pytest.raises(corelith.CorelithError, match=r"3, 4, 6.*3, 4, 5|3, 4, 5.*3, 4, 6"):
        corelith.measure(phases, particles, minerals, 1.0)


def test_settings_name_range_and_key() -> None:
    mask = np.ones((3, 3, 3), dtype=bool)
    with pytest.raises(corelith.SettingError, match="neck_ratio.*7.*expected 0 to 1"):
        corelith.separate(mask, {"neck_ratio": 7.0})
    with pytest.raises(corelith.SettingError, match="unknown field `neck`"):
        corelith.separate(mask, {"neck": 0.5})
    with pytest.raises(corelith.SettingError, match="connectivity.*8"):
        corelith.label(mask, 8)
    with pytest.raises(corelith.SettingError, match="`cuda` is no device"):
        corelith.label(mask, device="cuda")
    with pytest.raises(corelith.SettingError, match="spacing_um.*found -1"):
        corelith.distance(mask, -1.0)
    with pytest.raises(corelith.SettingError, match="expected one of .*lamellar.*found granite"):
        corelith.phantom("granite")
    with pytest.raises(corelith.SettingError, match=r"particles\.solid_fraction"):
        corelith.phantom(settings={"particles": {"solid_fraction": "much"}})


def test_minerals_are_checked() -> None:
    with pytest.raises(corelith.SettingError, match="share the name `A`"):
        corelith.Minerals.of(["Resin", "A", "A"])
    with pytest.raises(corelith.SettingError, match="`Epoxy` is not in the mineral list"):
        corelith.Minerals.of(["Resin", "A"], background="Epoxy")
    with pytest.raises(corelith.SettingError, match="unmeasured: `B`"):
        corelith.Minerals((corelith.Mineral("R", (0, 0, 0)),), "R", ("B",))


def test_what_is_not_there_is_told_with_what_is(project: corelith.Project) -> None:
    with pytest.raises(corelith.CorelithError, match="no map is named `x`; there are map_0, map_1"):
        project.placed_map("x")
    with pytest.raises(corelith.CorelithError, match="no mineral is named `Gold`; there are Back"):
        project.minerals.class_of("Gold")


def test_the_background_is_wherever_the_list_has_it() -> None:
    assert corelith.Minerals.of(["Quartz", "Resin"], background="Resin").background_class == 1


def test_any_number_is_a_spacing() -> None:
    mask = np.array([[[0, 1]]], dtype=bool)
    for spacing_um in (2, np.float32(2.0), np.int64(2)):
        assert corelith.distance(mask, spacing_um)[0, 0, 1] == 2.0


def test_a_missing_project_is_named(tmp_path: Path) -> None:
    with pytest.raises(corelith.CorelithError, match="nowhere.toml"):
        corelith.Project(tmp_path / "nowhere.toml")


def test_a_map_of_coordinates_of_another_shape_is_refused() -> None:
    made = corelith.phantom(settings={"shape_vox": [24, 48, 48]}, seed=1)
    placed = made.placed_maps()[0]
    placed.coords_vox = placed.coords_vox[:, 1:]
    with pytest.raises(corelith.ShapeError, match="expected `coords_vox` of shape"):
        corelith.liberation(
            made.phases, made.particles, made.minerals, made.spacing_um, [placed]
        )
