//! The size of a volume from the command line.

/// `[NZ NY NX]`, by default the size of a usual scan; `program` is named in the error.
///
/// # Errors
/// When there is something else.
pub fn shape_of_arguments(program: &str) -> Result<[usize; 3], Box<dyn std::error::Error>> {
    let sides: Vec<usize> = std::env::args()
        .skip(1)
        .map(|n| n.parse())
        .collect::<Result<_, _>>()?;
    match sides.as_slice() {
        [] => Ok([1000, 1011, 984]),
        &[nz, ny, nx] => Ok([nz, ny, nx]),
        _ => Err(format!("{program} [NZ NY NX]").into()),
    }
}
