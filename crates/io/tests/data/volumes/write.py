"""Writes the volumes of this folder with other programs, so that the readers are held against
their output: tifffile, SimpleITK, nibabel, pynrrd, Pillow, zarr-python, ome-zarr-py and h5py. Run
here: python3 write.py

Unless its name says otherwise a file holds 4 slices of 20 rows and 33 columns, and voxel (x, y, z)
is 100 z + 5 y + x, modulo 120 where 8 bits hold it, or that number halved where it is a float."""

import gzip
import os

import h5py
import hdf5plugin
import nibabel
import nrrd
import numcodecs
import numpy as np
import ome_zarr.format
import ome_zarr.writer
import SimpleITK
import tifffile
import zarr
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
os.makedirs("channels_files", exist_ok=True)
for i, pages in enumerate(two):
    tifffile.imwrite(f"channels_files/slice_{i:03}.tif", pages, imagej=True, metadata={"axes": "CYX"})
with tifffile.TiffWriter("images_ome.ome.tif", ome=True) as tif:
    tif.write(as_type("uint16"), metadata={"axes": "ZYX", "Name": "scan"}, compression="deflate", **grey)
    tif.write(as_type("uint16")[0, ::2, ::2].copy(), metadata={"axes": "YX", "Name": "label"}, **grey)
# Grey slices that are stored as colours.
tifffile.imwrite("tiff_rgb_grey.tif", np.repeat(as_type("uint16")[..., None], 3, axis=-1), photometric="rgb", compression="deflate")
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

for name in ["uint16", "float32"]:
    image = nibabel.Nifti2Image(as_type(name).T.copy(), np.diag([2.5, 3.5, 4.5, 1.0]))
    image.header.set_xyzt_units("micron")
    nibabel.save(image, f"nibabel_2_{name}.nii")
second = nibabel.Nifti2Header(endianness=">")
second.set_data_dtype(np.int16)
second.set_xyzt_units("micron")
image = nibabel.Nifti2Image(as_type("int16").T.copy(), np.diag([2.5, 3.5, 4.5, 1.0]), header=second)
nibabel.save(image, "nibabel_2_big_endian.nii.gz")
pair = nibabel.Nifti1Pair(as_type("uint16").T.copy(), np.diag([2.5, 3.5, 4.5, 1.0]))
pair.header.set_xyzt_units("micron")
nibabel.save(pair, "nibabel_pair.img")

for name in "int8 uint16 int64 float16 float64".split():
    np.save(f"numpy_{name}.npy", as_type(name))
np.save("numpy_bool.npy", count % 2 == 1)
np.save("numpy_big_endian.npy", as_type("uint16")[None].astype(">u2"))
np.save("numpy_fortran.npy", np.asfortranarray(as_type("uint16")))
np.save("numpy_channels.npy", two)

as_type("uint16").astype(">u2").tofile("raw_big_endian.raw")
open("raw_offset.raw", "wb").write(b"header " + as_type("float32").astype("<f4").tobytes())

os.makedirs("png", exist_ok=True)
for i, page in enumerate(as_type("uint16")):
    Image.fromarray(page).save(f"png/slice_{i:04}.png")
os.makedirs("bmp", exist_ok=True)
for i, page in enumerate(as_type("uint8")):
    Image.fromarray(page).save(f"bmp/scan_rec{i:08}.bmp")
# Whole files whose ending says something else.
open("a_tiff.png", "wb").write(open("tiff_uint16.tif", "rb").read())
open("a_nrrd.tif", "wb").write(open("pynrrd_uint16.nrrd", "rb").read())
Image.fromarray(as_type("uint8")[0]).save("a_jpeg.tif", format="jpeg")
open("gzipped_text.gz", "wb").write(gzip.compress(b"no volume", mtime=0))

# Zarr: version 2 and 3, every type, compression, order and way of naming chunks.
slabs = (2, 20, 33)
odd = (3, 12, 20)


def as_zarr(name, data, chunks=slabs, **how):
    array = zarr.create_array(f"zarr/{name}.zarr", shape=data.shape, dtype=data.dtype, chunks=chunks, overwrite=True, **how)
    array[...] = data


for name in "int8 uint8 int16 uint16 int32 uint32 int64 uint64 float16 float32 float64".split():
    as_zarr(f"v2_{name}", as_type(name), zarr_format=2, compressors=numcodecs.Blosc())
    as_zarr(f"v3_{name}", as_type(name), zarr_format=3)
as_zarr("v2_bool", count % 2 == 1, zarr_format=2)
for name in ["int16", "float16", "float64"]:
    as_zarr(f"v2_big_endian_{name}", as_type(name).astype(as_type(name).dtype.newbyteorder(">")), zarr_format=2)
for codec in ["blosclz", "lz4", "lz4hc", "zlib", "zstd"]:
    for shuffle in [0, 1, 2]:
        as_zarr(f"v2_blosc_{codec}_{shuffle}", as_type("uint16"), zarr_format=2, compressors=numcodecs.Blosc(codec, 9, shuffle))
for codec in [numcodecs.GZip(), numcodecs.Zlib(), numcodecs.LZ4(), numcodecs.Zstd()]:
    as_zarr(f"v2_{codec.codec_id}", as_type("uint16"), zarr_format=2, compressors=codec)
as_zarr("v2_shuffle", as_type("uint16"), zarr_format=2, filters=[numcodecs.Shuffle(2)], compressors=numcodecs.Zlib())
as_zarr("v2_delta", as_type("uint16"), zarr_format=2, filters=[numcodecs.Delta("<u2")], compressors=None)
as_zarr("v2_fortran", as_type("uint16"), odd, zarr_format=2, order="F", compressors=None)
as_zarr("v2_nested", as_type("uint16"), odd, zarr_format=2, chunk_key_encoding={"name": "v2", "separator": "/"})
as_zarr("v2_dots", as_type("uint16"), odd, zarr_format=2)

big = zarr.codecs.BytesCodec(endian="big")
as_zarr("v3_big_endian", as_type("float32"), odd, serializer=big, compressors=zarr.codecs.GzipCodec())
as_zarr("v3_blosc", as_type("uint32"), odd, compressors=zarr.codecs.BloscCodec(cname="zstd", shuffle="bitshuffle"))
as_zarr("v3_checksum", as_type("uint16"), odd, compressors=[zarr.codecs.ZstdCodec(), zarr.codecs.Crc32cCodec()])
as_zarr("v3_transposed", as_type("uint16"), odd, filters=[zarr.codecs.TransposeCodec(order=(2, 0, 1))])
as_zarr("v3_dots", as_type("uint16"), odd, chunk_key_encoding={"name": "default", "separator": "."})
as_zarr("v3_keys_of_2", as_type("uint16"), odd, chunk_key_encoding={"name": "v2", "separator": "."})
as_zarr("v3_shards", as_type("uint16"), (2, 5, 8), shards=(2, 15, 40))
as_zarr("v3_shards_start", as_type("int32"), (1, 8, 8), shards={"shape": (4, 16, 16), "index_location": "start"})
# Chunks that hold the fill value alone are not written.
empty = np.where((y < 16) | (x < 16), 7, count).astype(np.uint16)
as_zarr("v2_fill", empty, odd, zarr_format=2, fill_value=7)
as_zarr("v3_fill_shards", empty, (3, 8, 8), shards=(3, 16, 16), fill_value=7)
as_zarr("v3_four_axes", two.swapaxes(0, 1), (1, *odd))
as_zarr("v3_named_axes", two, (4, 2, 10, 33), dimension_names=["z", "c", "y", "x"])

# OME-Zarr: an image of two channels at two resolutions, and labels beside it.
for version, format in [("4", ome_zarr.format.FormatV04()), ("5", ome_zarr.format.FormatV05())]:
    root = zarr.open_group(f"zarr/ome_0_{version}.ome.zarr", mode="w", zarr_format=format.zarr_format)
    levels = [two.swapaxes(0, 1), two.swapaxes(0, 1)[:, ::2, ::2, ::2]]
    axes = [{"name": "c", "type": "channel"}]
    axes += [{"name": n, "type": "space", "unit": u} for n, u in [("z", "nanometer"), ("y", "micrometer"), ("x", "millimeter")]]
    scales = [[{"type": "scale", "scale": [1, 4500 * n, 3.5 * n, 0.0025 * n]}] for n in [1, 2]]
    options = {"chunks": (1, 3, 12, 20)}
    if version == "5":
        options = {"chunks": (1, 1, 8, 16), "shards": (2, 2, 16, 32)}
    ome_zarr.writer.write_multiscale(levels, root, format, axes, scales, storage_options=options, name="image")
    channels = {"channels": [{"label": name, "color": "FFFFFF", "active": True, "window": {"min": 0, "max": 600, "start": 0, "end": 600}} for name in ["CT", "mask"]]}
    if version == "4":
        root.attrs["omero"] = channels
    else:
        root.attrs["ome"] = {**root.attrs["ome"], "omero": channels}
    ome_zarr.writer.write_multiscale_labels([as_type("uint32")], root, "particles", axes=axes[1:], coordinate_transformations=[[{"type": "scale", "scale": scales[0][0]["scale"][1:]}]], fmt=format)
frames = zarr.open_group("zarr/ome_frames.ome.zarr", mode="w", zarr_format=2)
ome_zarr.writer.write_image(as_type("uint16")[:, None], frames, scale_factors=[], axes="tzyx", fmt=ome_zarr.format.FormatV04())

# OME-TIFF in a file a slice, named in another order than that of their planes, which the first file
# tells, or a companion.
ome = '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:{}">{}</OME>'
for folder, companion in [("ome_files", None), ("ome_companion", "ct.companion.ome")]:
    os.makedirs(folder, exist_ok=True)
    planes = "".join(f'<TiffData FirstZ="{i}" FirstC="0" FirstT="0" IFD="0" PlaneCount="1"><UUID FileName="ct_{n}.tif">urn:uuid:{n}</UUID></TiffData>' for i, n in enumerate([2, 0, 3, 1]))
    image = f'<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="33" SizeY="20" SizeZ="4" SizeC="1" SizeT="1" PhysicalSizeX="2.5" PhysicalSizeY="2.5" PhysicalSizeZ="2.5"><Channel ID="Channel:0:0" SamplesPerPixel="1"/>{planes}</Pixels></Image>'
    if companion:
        with open(f"{folder}/{companion}", "w") as file:
            file.write(ome.format("c", image))
    for i, n in enumerate([2, 0, 3, 1]):
        pointer = f'<BinaryOnly MetadataFile="{companion}" UUID="urn:uuid:c"/>'
        tifffile.imwrite(f"{folder}/ct_{n}.tif", as_type("uint16")[i], description=ome.format(n, pointer if companion else image), metadata=None, **grey)

# HDF5: every type, whole and in chunks, in files of the form of 1.0 and of that of 1.14.
for name, options in [("h5py", {}), ("h5py_114", {"libver": "v114"})]:
    with h5py.File(f"{name}_types.h5", "w", **options) as file:
        for kind in "int8 uint8 int16 uint16 int32 uint32 int64 uint64 float16 float32 float64".split():
            file[kind] = as_type(kind)
            file.create_dataset(f"packed/{kind}", data=as_type(kind), chunks=odd, compression="gzip")
        file["bool"] = count % 2 == 1
        for kind in ["int16", "uint32", "float16", "float64"]:
            file[f"big_endian/{kind}"] = as_type(kind).astype(np.dtype(kind).newbyteorder(">"))
with h5py.File("h5py_filters.h5", "w") as file:
    for name, how in {
        "gzip": {"compression": "gzip"},
        "shuffle": {"compression": "gzip", "shuffle": True},
        "lzf": {"compression": "lzf"},
        "lzf_shuffle": {"compression": "lzf", "shuffle": True},
        "checksum": {"fletcher32": True},
        "checksum_gzip": {"fletcher32": True, "compression": "gzip", "shuffle": True},
        "growing": {"maxshape": (None, 20, 33)},
        "bitshuffle": hdf5plugin.Bitshuffle(cname="none"),
        "bitshuffle_lz4": hdf5plugin.Bitshuffle(cname="lz4"),
        "bitshuffle_zstd": hdf5plugin.Bitshuffle(cname="zstd", nelems=64),
        "blosc": hdf5plugin.Blosc(cname="lz4", shuffle=2),
        "lz4": hdf5plugin.LZ4(nbytes=1000),
        "zstd": hdf5plugin.Zstd(),
    }.items():
        file.create_dataset(name, data=as_type("uint16"), chunks=odd, **how)
with h5py.File("h5py_scale_offset.h5", "w") as file:
    file.create_dataset("data", data=as_type("uint16"), chunks=odd, scaleoffset=0)
with h5py.File("h5py_gzip.h5", "w") as file:
    file.create_dataset("data", data=as_type("uint16"), chunks=odd, compression="gzip")
with h5py.File("h5py_fill.h5", "w") as file:
    for name, how in {"plain": {}, "gzip": {"compression": "gzip"}}.items():
        sparse = file.create_dataset(name, shape=count.shape, dtype="uint16", chunks=(3, 12, 20), fillvalue=7, **how)
        sparse[:, 12:] = empty[:, 12:]
with h5py.File("h5py_two_ways_to_grow.h5", "w", libver="v114") as file:
    file.create_dataset("data", data=as_type("uint16"), maxshape=(None, None, 33), chunks=odd)
# What only HDF5 2.0 writes.
with h5py.File("h5py_latest.h5", "w", libver="latest") as file:
    file.create_dataset("data", data=as_type("uint16"), chunks=odd, compression="gzip")
# NeXus: the data of an entry, linked to from where it was measured, and angles beside it.
with h5py.File("nexus.nxs", "w") as file:
    entry = file.create_group("entry")
    entry.attrs["NX_class"] = "NXentry"
    data = entry.create_group("data")
    data.attrs.update({"NX_class": "NXdata", "signal": "data"})
    data.create_dataset("data", data=as_type("float32"), chunks=(1, 20, 33))
    data["rotation_angle"] = np.linspace(0, 180, 4)
    entry["instrument/detector/data"] = data["data"]
    entry["title"] = "a slag"
    entry["instrument/elsewhere"] = h5py.ExternalLink("other.nxs", "/entry")
    entry["instrument/entry"] = h5py.SoftLink("/entry")
# Bytes of the user in front, as MATLAB writes its files.
with h5py.File("h5py_user_block.h5", "w", userblock_size=1024) as file:
    file.create_dataset("data", data=as_type("uint16"), chunks=odd, compression="gzip")
    file["whole"] = as_type("float32")
with h5py.File("matlab.mat", "w", userblock_size=512) as file:
    file["V"] = as_type("uint16")
header = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(116) + bytes(8) + b"\x00\x02IM"
with open("matlab.mat", "r+b") as file:
    file.write(header)
with h5py.File("h5py_compact.h5", "w") as file:
    space = h5py.h5s.create_simple(count[:, :12, :24].shape)
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    array = h5py.h5d.create(file.id, b"data", h5py.h5t.STD_U16LE, space, compact)
    array.write(h5py.h5s.ALL, h5py.h5s.ALL, np.ascontiguousarray(as_type("uint16")[:, :12, :24]))
# Links: to another file, where a preview is beside it, to nothing, and round.
with h5py.File("h5py_external_link.h5", "w") as file:
    file["entry/data"] = h5py.ExternalLink("h5py_gzip.h5", "/data")
with h5py.File("h5py_preview.h5", "w") as file:
    file["entry/data"] = h5py.ExternalLink("h5py_gzip.h5", "/data")
    file["preview"] = as_type("uint16")[:, ::4, ::4]
with h5py.File("h5py_dangling_link.h5", "w") as file:
    file["entry/data"] = as_type("uint16")
    file["entry/lost"] = h5py.SoftLink("/nowhere")
    file["preview"] = as_type("uint16")[:, ::4, ::4]
with h5py.File("h5py_round.h5", "w") as file:
    file["g/data"] = as_type("uint16")
    file["g/up"] = file["/"]
with h5py.File("h5py_external_storage.h5", "w") as file:
    as_type("uint16").tofile("h5py_external_storage.raw")
    file.create_dataset("data", shape=count.shape, dtype="uint16", external=[("h5py_external_storage.raw", 0, 2 * count.size)])
os.remove("h5py_external_storage.raw")
# Resolutions as Imaris keeps them, with long paths.
with h5py.File("imaris.h5", "w") as file:
    for level, step in enumerate([1, 2]):
        whole = as_type("uint16")[:, ::step, ::step]
        file[f"DataSet/ResolutionLevel {level}/TimePoint 0/Channel 0/Data"] = whole
# ilastik: z, y, x and a channel, named in JSON, with a size of voxels.
with h5py.File("ilastik.h5", "w") as file:
    exported = file.create_dataset("exported_data", data=two.swapaxes(1, 2).swapaxes(2, 3), chunks=(2, 20, 11, 2), compression="gzip")
    exported.attrs["axistags"] = '{"axes": [' + ", ".join(f'{{"key": "{k}", "typeFlags": 2, "resolution": 0, "description": ""}}' for k in "zyxc") + "]}"
    exported.attrs["element_size_um"] = [4.5, 3.5, 2.5]
with h5py.File("h5py_labelled_axes.h5", "w") as file:
    file["data"] = two.swapaxes(0, 1)
    for i, name in enumerate("czyx"):
        file["data"].dims[i].label = name
    file["data_5"] = as_type("uint16")[None, ..., None]
