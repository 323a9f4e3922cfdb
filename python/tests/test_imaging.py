"""Against cc3d, scikit-image, edt and scipy on random volumes."""

from __future__ import annotations

import cc3d
import edt
import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import regionprops

import corelith


def blobs(rng: np.random.Generator, shape: tuple[int, ...], share: float) -> np.ndarray:
    """A random mask of connected patches."""
    noise = ndimage.gaussian_filter(rng.standard_normal(shape), 1.5)
    return noise > np.quantile(noise, 1 - share)


def same_partition(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two label volumes are equal but for their numbers."""
    pairs = np.unique(np.stack([a.ravel(), b.ravel()]), axis=1)
    return all(len(np.unique(side)) == pairs.shape[1] for side in pairs) and bool(
        ((a == 0) == (b == 0)).all()
    )


def test_the_comparison_sees_one_changed_voxel(rng: np.random.Generator) -> None:
    labels, _ = corelith.label(blobs(rng, (20, 30, 40), 0.3))
    changed = labels.copy()
    changed.flat[np.flatnonzero(labels)[5]] = labels.max() + 1
    assert same_partition(labels, labels * 3)
    assert not same_partition(labels, changed)


@pytest.mark.parametrize("connectivity", [6, 18, 26])
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.uint32])
def test_labels_are_those_of_cc3d(
    rng: np.random.Generator, connectivity: int, dtype: type
) -> None:
    for shape, share in [((21, 33, 47), 0.3), ((7, 64, 65), 0.5), ((40, 9, 130), 0.1)]:
        mask = blobs(rng, shape, share).astype(dtype)
        found, count = corelith.label(mask, connectivity)
        expected, number = cc3d.connected_components(
            mask.astype(np.uint8), connectivity=connectivity, binary_image=True, return_N=True
        )
        assert found.dtype == np.uint32 and count == number == found.max()
        assert same_partition(found, expected)


@pytest.mark.parametrize("connectivity", [6, 18, 26])
def test_components_of_equal_values_are_those_of_cc3d(
    rng: np.random.Generator, connectivity: int
) -> None:
    values = blobs(rng, (20, 31, 45), 0.6) * rng.integers(1, 4, (20, 31, 45))
    values = ndimage.median_filter(values, 3).astype(np.uint16)
    found, count = corelith.label(values, connectivity, multi=True)
    expected, number = cc3d.connected_components(values, connectivity=connectivity, return_N=True)
    assert count == number
    assert same_partition(found, expected)


def test_statistics_are_those_of_scikit_image(rng: np.random.Generator) -> None:
    labels, count = corelith.label(blobs(rng, (30, 40, 50), 0.25))
    found = corelith.statistics(labels)
    regions = regionprops(labels.astype(np.int32))
    assert found.rows == count == len(regions) > 10
    for row, region in enumerate(regions):
        assert found["id"][row] == region.label
        assert found["voxels"][row] == region.area
        centroid = [found[f"centroid_{axis}_vox"][row] for axis in "zyx"]
        np.testing.assert_allclose(centroid, region.centroid, rtol=0, atol=1e-9)
        low = [found[f"{axis}_min_vox"][row] for axis in "zyx"]
        high = [found[f"{axis}_max_vox"][row] + 1 for axis in "zyx"]
        assert (*low, *high) == region.bbox
        inside = np.argwhere(labels == region.label)[:, ::-1]
        covariance = np.cov(inside.T, bias=True) if len(inside) > 1 else np.zeros((3, 3))
        names = ["xx", "yy", "zz", "xy", "xz", "yz"]
        pairs = [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)]
        for name, pair in zip(names, pairs, strict=True):
            value = found[f"covariance_{name}_vox2"][row]
            assert value == pytest.approx(covariance[pair], abs=1e-8)


@pytest.mark.parametrize("spacing", [1.0, 2.296, (3.0, 1.5, 0.7)])
def test_distances_are_those_of_edt(rng: np.random.Generator, spacing: object) -> None:
    for shape in [(24, 37, 51), (3, 80, 20)]:
        mask = blobs(rng, shape, 0.7)
        found = corelith.distance(mask, spacing)
        anisotropy = (spacing,) * 3 if isinstance(spacing, float) else spacing
        expected = edt.edt(mask, anisotropy=anisotropy, black_border=False)
        np.testing.assert_allclose(found, expected, rtol=1e-6)
        assert found.max() > 2


def test_without_background_every_distance_is_infinite() -> None:
    assert np.isinf(corelith.distance(np.ones((3, 4, 5), dtype=bool))).all()


def test_touching_particles_come_apart_as_in_the_truth() -> None:
    made = corelith.phantom(
        settings={"shape_vox": [64, 96, 96], "particles": {"solid_fraction": 0.5}}, seed=4
    )
    found = corelith.separate(made.particles > 0)
    joined, pieces = corelith.label(made.particles > 0)
    truth = made.particles.max()
    # Many touch, so that components alone are far fewer.
    assert pieces < 0.7 * truth
    assert abs(int(found.max()) - int(truth)) < 0.2 * truth


def test_arrays_in_any_order_give_the_same(rng: np.random.Generator) -> None:
    mask = blobs(rng, (20, 24, 28), 0.3)
    expected, count = corelith.label(mask)
    whole = np.zeros((40, 48, 56), dtype=bool)
    whole[::2, ::2, ::2] = mask
    for view in [np.asfortranarray(mask), whole[::2, ::2, ::2], mask[::-1][::-1]]:
        found, number = corelith.label(view)
        assert number == count and (found == expected).all()


@pytest.mark.parametrize("shape", [(0, 4, 5), (4, 0, 5), (4, 5, 0)])
def test_volumes_without_voxels_have_no_components(shape: tuple[int, ...]) -> None:
    labels, count = corelith.label(np.zeros(shape, dtype=np.uint8))
    assert labels.shape == shape and count == 0
    assert corelith.statistics(labels).rows == 0
