use zarrs::array::{DataType, Element, data_type};

use crate::Sample;

/// A voxel type that is written as Zarr: `u8` and `u32` for labels, `u16` for grey values.
pub trait ZarrVoxel: Sample + Element {
    /// What it is in Zarr.
    fn data_type() -> DataType;

    /// The voxel that stands for up to eight neighbours: the rounded mean of greys, the commonest
    /// of labels, and of equally common ones the first.
    fn of_block(block: &[Self]) -> Self;
}

impl ZarrVoxel for u16 {
    fn data_type() -> DataType {
        data_type::uint16()
    }

    fn of_block(block: &[Self]) -> Self {
        let count = block.len() as u32;
        let sum: u32 = block.iter().map(|&grey| u32::from(grey)).sum();
        ((sum + count / 2) / count) as Self
    }
}

macro_rules! labels {
    ($($voxel:ty: $name:ident),+) => {
        $(impl ZarrVoxel for $voxel {
            fn data_type() -> DataType {
                data_type::$name()
            }

            fn of_block(block: &[Self]) -> Self {
                commonest(block)
            }
        })+
    };
}

labels!(u8: uint8, u32: uint32);

fn commonest<T: Copy + PartialEq + Default>(block: &[T]) -> T {
    let first = block.first().copied().unwrap_or_default();
    if block.iter().all(|&label| label == first) {
        return first;
    }
    let mut found = (0, first);
    for &label in block {
        let count = block.iter().filter(|&&other| other == label).count();
        if count > found.0 {
            found = (count, label);
        }
    }
    found.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_their_mean_or_their_commonest_label() {
        assert_eq!(u16::of_block(&[1, 2]), 2);
        assert_eq!(u16::of_block(&[u16::MAX; 8]), u16::MAX);
        assert_eq!(u32::of_block(&[0, 0, 7, 9, 9, 9, 0, 7]), 0);
        assert_eq!(u32::of_block(&[7, 9, 9, 7]), 7);
        assert_eq!(u8::of_block(&[3]), 3);
    }
}
