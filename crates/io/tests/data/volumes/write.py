"""Writes the volumes of this folder with other programs, so that the readers are held against
their output: tifffile, SimpleITK, nibabel, pynrrd and Pillow. Run here: python3 write.py

Unless its name says otherwise a file holds 4 slices of 20 rows and 33 columns, and voxel (x, y, z)
is 100 z + 5 y + x, modulo 120 where 8 bits hold it, or that number halved where it is a float."""

import gzip
import os

import nibabel
import nrrd
import numpy as np
import SimpleITK
import tifffile
from PIL import Image

z, y, x = np.meshgrid(np.arange(4), np.arange(20), np.arange(33), indexing="ij")
count = 100 * z + 5 * y + x


def as_type(name):
    dtype = np.dtype(name)
    if dtype.itemsize == 1:
        return (count % 120).astype(dtype)
    return (count / 2 if dtype.kind == "f" else count).astype(dtype)


grey = {"photometric": "minisblack"}
for name in "int8 uint8 int16 uint16 int32 uint32 int64 uint64 float16 float32 float64".split():
    tifffile.imwrite(f"tiff_{name}.tif", as_type(name), **grey)
for name in "int16 uint32 float16 float64".split():
    tifffile.imwrite(f"tiff_big_endian_{name}.tif", as_type(name), byteorder=">", compression="deflate", **grey)
tifffile.imwrite("tiff_bool.tif", count % 2 == 1)
tifffile.imwrite("tiff_12_bits.tif", as_type("uint16"), bitspersample=12, **grey)
tifffile.imwrite("tiff_white_is_zero.tif", as_type("uint16"), photometric="miniswhite")

for codec in ["lzw", "deflate", "packbits", "zstd"]:
    tifffile.imwrite(f"tiff_{codec}.tif", as_type("uint16"), compression=codec, rowsperstrip=7, **grey)
    tifffile.imwrite(f"tiff_{codec}_tiles.tif", as_type("uint16"), compression=codec, tile=(16, 16), **grey)
for codec in ["lzw", "deflate", "zstd"]:
    tifffile.imwrite(f"tiff_{codec}_differences.tif", as_type("int32"), compression=codec, predictor=2, tile=(16, 16), **grey)
    for name in ["float16", "float32", "float64"]:
        tifffile.imwrite(f"tiff_{codec}_float_differences_{name}.tif", as_type(name), compression=codec, predictor=3, tile=(16, 16), **grey)
tifffile.imwrite("tiff_float_differences_big_endian.tif", as_type("float32"), compression="deflate", predictor=3, byteorder=">", **grey)
# JPEG loses something: a ramp that it keeps nearly.
tifffile.imwrite("jpeg_ramp.tif", (4 * y + 2 * x).astype(np.uint8), compression="jpeg", tile=(16, 16), **grey)
tifffile.imwrite("tiff_bigtiff_zstd_tiles.tif", as_type("uint16"), bigtiff=True, compression="zstd", tile=(16, 16), **grey)
tifffile.imwrite("tiff_truncate.tif", as_type("uint16"), truncate=True, **grey)
tifffile.imwrite("tiff_3d_tiles.tif", as_type("uint16"), tile=(16, 16, 16), compression="deflate", volumetric=True, **grey)
tifffile.imwrite("tiff_3d_tiles_big_endian.tif", as_type("uint16"), tile=(2, 16, 32), compression="lzw", predictor=2, volumetric=True, byteorder=">", **grey)

# Two channels: the second is the volume above plus 7.
two = np.stack([as_type("uint16"), as_type("uint16") + 7], axis=1)
tifffile.imwrite("channels_imagej.tif", two, imagej=True, metadata={"axes": "ZCYX"})
tifffile.imwrite("channels_ome.ome.tif", two, metadata={"axes": "ZCYX", "Channel": {"Name": ["CT", "mask"]}, "PhysicalSizeX": 2.5, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 3.5, "PhysicalSizeZ": 0.0045, "PhysicalSizeZUnit": "mm"}, **grey)
tifffile.imwrite("channels_ome_slow.ome.tif", two.swapaxes(0, 1), metadata={"axes": "CZYX"}, **grey)
tifffile.imwrite("channels_axes.tif", two, metadata={"axes": "ZCYX"}, **grey)
tifffile.imwrite("channels_planes.tif", two, planarconfig="separate", metadata={"axes": "ZSYX"}, extrasamples=["unspecified"], **grey)
tifffile.imwrite("channels_samples.tif", np.moveaxis(two, 1, -1), planarconfig="contig", compression="lzw", predictor=2, extrasamples=["unspecified"], **grey)
tifffile.imwrite("unnamed_axes_shape.tif", two, **grey)
tifffile.imwrite("frames_imagej.tif", as_type("uint16"), imagej=True, metadata={"axes": "TYX"})

# A preview of lower resolution behind the slices.
with tifffile.TiffWriter("tiff_preview.tif") as tif:
    for page in as_type("uint16"):
        tif.write(page, contiguous=False, metadata=None, **grey)
    tif.write(as_type("uint16")[0, ::2, ::2].copy(), subfiletype=1, metadata=None, **grey)

for name in "int8 uint8 int16 uint16 int32 uint32 int64 uint64 float32 float64".split():
    image = SimpleITK.GetImageFromArray(as_type(name))
    image.SetSpacing((0.0025, 0.0035, 0.0045))
    SimpleITK.WriteImage(image, f"itk_{name}.mha", useCompression=name != "int16")
    SimpleITK.WriteImage(image, f"itk_{name}.nrrd", useCompression=True)
image = SimpleITK.GetImageFromArray(as_type("uint16"))
image.SetSpacing((2.5, 3.5, 4.5))
SimpleITK.WriteImage(image, "itk_packed.mha", useCompression=True)
SimpleITK.WriteImage(image, "itk_detached.mhd")
SimpleITK.WriteImage(SimpleITK.GetImageFromArray(as_type("uint16"), isVector=False), "itk_no_size.mha")
SimpleITK.WriteImage(SimpleITK.GetImageFromArray(two.swapaxes(1, 3), isVector=True), "itk_two_channels.mha")

spaced = {"space dimension": 3, "space directions": np.diag([2.5, 3.5, 4.5]), "space units": ["um", "um", "um"]}
for name in ["uint8", "int16", "uint16", "float32"]:
    nrrd.write(f"pynrrd_{name}.nrrd", as_type(name), {**spaced, "encoding": "raw"}, index_order="C")
nrrd.write("pynrrd_gzip.nrrd", as_type("uint16"), {**spaced, "encoding": "gzip"}, index_order="C")
nrrd.write("pynrrd_big_endian.nrrd", as_type("uint16"), {**spaced, "encoding": "raw", "endian": "big"}, index_order="C")
nrrd.write("pynrrd_detached.nhdr", as_type("uint16"), {**spaced, "encoding": "raw"}, index_order="C", detached_header=True)
nrrd.write("pynrrd_text.nrrd", as_type("uint16"), {**spaced, "encoding": "ascii"}, index_order="C")

for name in "uint8 int16 uint16 int32 uint32 float32 float64".split():
    image = nibabel.Nifti1Image(as_type(name).T.copy(), np.diag([2.5, 3.5, 4.5, 1.0]))
    image.header.set_xyzt_units("micron")
    nibabel.save(image, f"nibabel_{name}.nii")
image = nibabel.Nifti1Image(as_type("uint16").T.copy(), np.diag([2.5, 3.5, 4.5, 1.0]))
image.header.set_xyzt_units("micron")
nibabel.save(image, "nibabel_packed.nii.gz")
big = nibabel.Nifti1Header(endianness=">")
big.set_data_dtype(np.uint16)
big.set_xyzt_units("micron")
image = nibabel.Nifti1Image(as_type("uint16").T.copy(), np.diag([2.5, 3.5, 4.5, 1.0]), header=big)
nibabel.save(image, "nibabel_big_endian.nii")
scaled = nibabel.Nifti1Image(as_type("float64").T.copy(), np.eye(4))
scaled.header.set_data_dtype(np.int16)
nibabel.save(scaled, "nibabel_scaled.nii")

as_type("uint16").astype(">u2").tofile("raw_big_endian.raw")
open("raw_offset.raw", "wb").write(b"header " + as_type("float32").astype("<f4").tobytes())

os.makedirs("png", exist_ok=True)
for i, page in enumerate(as_type("uint16")):
    Image.fromarray(page).save(f"png/slice_{i:04}.png")
# Whole files whose ending says something else.
open("a_tiff.png", "wb").write(open("tiff_uint16.tif", "rb").read())
open("a_nrrd.tif", "wb").write(open("pynrrd_uint16.nrrd", "rb").read())
Image.fromarray(as_type("uint8")[0]).save("a_jpeg.tif", format="jpeg")
open("gzipped_text.gz", "wb").write(gzip.compress(b"no volume", mtime=0))
