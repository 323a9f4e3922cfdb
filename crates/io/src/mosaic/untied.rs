//! Frames that no overlap ties to the others.

use super::expect::Expected;
use super::task::Task;

/// Frames that are named.
const NAMED: usize = 8;

/// Says which frames lie where they do by the usual step, or the table, alone. `used` are the pairs
/// by which frames were placed.
pub(super) fn untied(task: &Task<'_>, expected: &Expected, used: &[bool]) -> Vec<String> {
    let groups = groups(
        task.layout.len(),
        expected
            .pairs
            .iter()
            .zip(used)
            .filter(|(_, used)| **used)
            .map(|((pair, _), _)| pair.frames),
    );
    let names = |frames: &[usize]| {
        let shown = frames
            .iter()
            .take(NAMED)
            .map(|i| format!("`{}`", task.name(*i)));
        let more = match frames.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        shown.collect::<Vec<_>>().join(", ") + &more
    };
    if groups.len() < 2 {
        return Vec::new();
    }
    let alone: Vec<usize> = groups
        .iter()
        .filter(|group| group.len() == 1)
        .map(|group| group[0])
        .collect();
    let mut notes = Vec::new();
    if !alone.is_empty() {
        notes.push(format!(
            "nothing in the overlaps of these frames tells a place, so that they are placed by the \
             usual step alone: {}",
            names(&alone)
        ));
    }
    // The largest group is what the others are placed to.
    let largest = (0..groups.len()).max_by_key(|i| (groups[*i].len(), usize::MAX - i));
    for (i, group) in groups.iter().enumerate() {
        if group.len() > 1 && Some(i) != largest {
            notes.push(format!(
                "no overlap ties {} frames to the others, so that they are placed beside those by \
                 the usual step alone: {}",
                group.len(),
                names(group)
            ));
        }
    }
    notes
}

/// Nodes that pairs connect, in groups, each in order.
pub(super) fn groups(nodes: usize, pairs: impl Iterator<Item = [usize; 2]>) -> Vec<Vec<usize>> {
    let mut first: Vec<usize> = (0..nodes).collect();
    for [a, b] in pairs {
        let (low, high) = (first[a].min(first[b]), first[a].max(first[b]));
        first
            .iter_mut()
            .filter(|f| **f == high)
            .for_each(|f| *f = low);
    }
    (0..nodes)
        .map(|group| (0..nodes).filter(|i| first[*i] == group).collect())
        .filter(|group: &Vec<usize>| !group.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::groups;

    #[test]
    fn nodes_are_grouped_by_what_connects_them() {
        let found = groups(6, [[1, 2], [4, 5], [2, 5]].into_iter());
        assert_eq!(found, [vec![0], vec![1, 2, 4, 5], vec![3]]);
    }
}
