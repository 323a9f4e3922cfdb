//! Disjoint sets whose root is the smallest member (Galler and Fischer 1964, with the path
//! halving of van Leeuwen and Tarjan 1984).

/// The root of `i`.
#[inline(always)]
pub(super) fn find(parent: &mut [u32], mut i: u32) -> u32 {
    loop {
        let up = parent[i as usize];
        if up == i {
            return i;
        }
        let further = parent[up as usize];
        parent[i as usize] = further;
        i = further;
    }
}

/// Joins the sets of `a` and `b`.
#[inline(always)]
pub(super) fn union(parent: &mut [u32], a: u32, b: u32) {
    // Most pairs are joined already, and by a common parent.
    if parent[a as usize] == parent[b as usize] {
        return;
    }
    let (a, b) = (find(parent, a), find(parent, b));
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    parent[high as usize] = low;
}

/// Points every member to its root.
pub(super) fn point_to_roots(parent: &mut [u32]) {
    for i in 0..parent.len() {
        // A parent precedes its members, so it points to the root already.
        parent[i] = parent[parent[i] as usize];
    }
}

/// Replaces each parent by the number of its set, counted from 0 in the order of the roots;
/// returns how many sets there are.
pub(super) fn number_sets(parent: &mut [u32]) -> u32 {
    let mut sets = 0;
    for i in 0..parent.len() {
        let up = parent[i] as usize;
        // A parent precedes its members, so its number is already there.
        if up == i {
            parent[i] = sets;
            sets += 1;
        } else {
            parent[i] = parent[up];
        }
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_numbered_by_their_first_member() {
        let mut parent: Vec<u32> = (0..7).collect();
        union(&mut parent, 6, 2);
        union(&mut parent, 5, 3);
        union(&mut parent, 3, 6);
        assert_eq!(number_sets(&mut parent), 4);
        assert_eq!(parent, [0, 1, 2, 2, 3, 2, 2]);
    }
}
