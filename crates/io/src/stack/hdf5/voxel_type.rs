//! Types of HDF5 as types of voxels.

use hdf5_pure::{Datatype, DatatypeByteOrder, FixedPointLayout, FloatingPointLayout};

use crate::stack::sample::Depth;

fn is_little(order: DatatypeByteOrder) -> Option<bool> {
    match order {
        DatatypeByteOrder::LittleEndian => Some(true),
        DatatypeByteOrder::BigEndian => Some(false),
        _ => None,
    }
}

fn integer(size: u32, layout: &FixedPointLayout) -> Option<Depth> {
    let is_whole = layout.bit_offset == 0 && u32::from(layout.bit_precision) == 8 * size;
    // Unsigned numbers of fewer bits are padded with zeros.
    let is_padded = layout.bit_offset == 0 && !layout.signed;
    if !is_whole && !is_padded {
        return None;
    }
    Some(match (size, layout.signed) {
        (1, false) => Depth::U8,
        (2, false) => Depth::U16,
        (4, false) => Depth::U32,
        (8, false) => Depth::U64,
        (1, true) => Depth::I8,
        (2, true) => Depth::I16,
        (4, true) => Depth::I32,
        (8, true) => Depth::I64,
        _ => return None,
    })
}

fn float(size: u32, layout: &FloatingPointLayout) -> Option<Depth> {
    let of = (
        layout.mantissa_size,
        layout.exponent_size,
        layout.exponent_bias,
    );
    Some(match (size, of) {
        (2, (10, 5, 15)) => Depth::F16,
        (4, (23, 8, 127)) => Depth::F32,
        (8, (52, 11, 1023)) => Depth::F64,
        _ => return None,
    })
}

/// Type and whether the low byte comes first; `None` for what is no number that is read.
pub(super) fn voxel_type(datatype: &Datatype) -> Option<(Depth, bool)> {
    Some(match datatype {
        Datatype::FixedPoint {
            size,
            byte_order,
            layout,
        } => (integer(*size, layout)?, is_little(*byte_order)?),
        Datatype::FloatingPoint {
            size,
            byte_order,
            layout,
        } => (float(*size, layout)?, is_little(*byte_order)?),
        // h5py writes truth as names for 0 and 1.
        Datatype::Enumeration {
            base_type, members, ..
        } => {
            let (depth, little_endian) = voxel_type(base_type)?;
            let is_truth = depth.bytes() == 1
                && members
                    .iter()
                    .all(|m| m.value[..] == [0] || m.value[..] == [1]);
            (if is_truth { Depth::U1 } else { depth }, little_endian)
        }
        _ => return None,
    })
}
