"""Shading and rings that were put into a volume are found and taken out."""

from __future__ import annotations

import numpy as np
import pytest

import corelith


def scan(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Balls of two minerals in resin, and what a scanner adds."""
    z, y, x = np.mgrid[:60, :120, :120]
    inside = sum(((v % 20) - 9.5) ** 2 for v in (z, y, x)) < 64
    mineral = (z // 20 + y // 20 + x // 20) % 2
    clean = np.where(inside, np.where(mineral == 1, 20000, 16000), 9000)
    clean = clean + rng.normal(0, 400, clean.shape)
    radius = np.hypot(y - 59.5, x - 70.0)
    rings = 250 * np.interp(radius, np.arange(0, 140, 2), rng.uniform(-1, 1, 70))
    square = ((y - 59.5) ** 2 + (x - 59.5) ** 2) / 60**2
    added = rings + 0.06 * (clean - 8000) * square
    return clean, added


def test_artefacts_are_taken_out(rng: np.random.Generator) -> None:
    clean, added = scan(rng)
    ct = np.rint(clean + added).astype(np.uint16)
    corrected, found = corelith.correct(ct)
    assert found["shading"] is not None
    assert np.hypot(*(np.array(found["rings"]["axis"]) - (59.5, 70.0))) < 1.0
    # Without the corners, where the field is extrapolated.
    _, y, x = np.mgrid[:60, :120, :120]
    seen = np.hypot(y - 59.5, x - 59.5) < 60
    # What every voxel of a grey gains in the mean cannot be told from its matter.
    line = np.polyfit(clean[seen], corrected[seen], 1)
    left = corrected[seen] - np.polyval(line, clean[seen])
    line = np.polyfit(clean[seen], added[seen], 1)
    was = added[seen] - np.polyval(line, clean[seen])
    assert left.var() < 0.25 * was.var()
    assert ct.flags.writeable and not np.shares_memory(ct, corrected)


def test_only_what_is_asked_for_is_taken_out(rng: np.random.Generator) -> None:
    clean, added = scan(rng)
    ct = np.rint(clean + added).astype(np.uint16)
    _, found = corelith.correct(ct, ["rings"])
    assert found["shading"] is None
    same, found = corelith.correct(ct, [])
    assert (same == ct).all() and found == {"shading": None, "rings": None}


def test_wrong_arguments_are_told() -> None:
    with pytest.raises(corelith.SettingError, match="found \"noise\""):
        corelith.correct(np.zeros((4, 4, 4), np.uint16), ["noise"])
    with pytest.raises(corelith.DtypeError, match="ct"):
        corelith.correct(np.zeros((4, 4, 4), np.float32))
