// Disjoint sets in `labels`: each voxel points to one of its set with a lower or equal number;
// the root, the lowest, points to itself (Playne and Hawick, A new algorithm for parallel
// connected-component labelling on GPUs, IEEE TPDS 29, 2018).
fn root_of(voxel: u32) -> u32 {
    var at = voxel;
    loop {
        let up = atomicLoad(&labels[at]);
        if up == at {
            break;
        }
        at = up;
    }
    return at;
}

fn join(one: u32, other: u32) {
    var a = root_of(one);
    var b = root_of(other);
    while a != b {
        let high = max(a, b);
        let low = min(a, b);
        let up = atomicMin(&labels[high], low);
        if up == high {
            break;
        }
        // Somebody else has joined `high` to `up` meanwhile: that set must be joined too.
        a = up;
        b = low;
    }
}
