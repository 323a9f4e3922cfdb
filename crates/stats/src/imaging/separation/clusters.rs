use rayon::prelude::*;

use super::saddles::Saddle;

/// Basins that saddles join directly or through others, and these saddles: what happens in one such
/// cluster is nothing to the others.
pub(super) struct Clusters {
    /// Labels, cluster by cluster, ascending in each; those that nothing joins are left out.
    labels: Vec<u32>,
    /// Saddles, cluster by cluster, in their order.
    saddles: Vec<Saddle>,
    /// Where the labels and saddles of each cluster end.
    ends: Vec<[usize; 2]>,
}

impl Clusters {
    /// Of the basins `1..=count`.
    pub(super) fn of(count: usize, saddles: &[Saddle]) -> Self {
        let mut parent: Vec<u32> = (0..=count as u32).collect();
        for saddle in saddles {
            let (a, b) = saddle.basins;
            let (a, b) = (root(&mut parent, a), root(&mut parent, b));
            parent[a.max(b) as usize] = a.min(b);
        }
        let mut saddles = saddles.to_vec();
        let cluster: Vec<u32> = (0..=count as u32)
            .map(|label| root(&mut parent, label))
            .collect();
        // Stable sorts keep labels and saddles in their orders.
        saddles.par_sort_by_key(|saddle| cluster[saddle.basins.0 as usize]);
        let is_joined: Vec<bool> = {
            let mut is_joined = vec![false; count + 1];
            for saddle in &saddles {
                is_joined[saddle.basins.0 as usize] = true;
                is_joined[saddle.basins.1 as usize] = true;
            }
            is_joined
        };
        let mut labels: Vec<u32> = (1..=count as u32)
            .filter(|&label| is_joined[label as usize])
            .collect();
        labels.par_sort_by_key(|&label| cluster[label as usize]);
        let mut ends: Vec<[usize; 2]> = Vec::new();
        let of_saddles =
            saddles.chunk_by(|a, b| cluster[a.basins.0 as usize] == cluster[b.basins.0 as usize]);
        let of_labels = labels.chunk_by(|&a, &b| cluster[a as usize] == cluster[b as usize]);
        for (labels, saddles) in of_labels.zip(of_saddles) {
            let [begin, first] = ends.last().copied().unwrap_or_default();
            ends.push([begin + labels.len(), first + saddles.len()]);
        }
        Self {
            labels,
            saddles,
            ends,
        }
    }

    /// Labels and saddles of each cluster.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u32], &[Saddle])> {
        let begins = std::iter::once(&[0; 2]).chain(&self.ends);
        begins.zip(&self.ends).map(|(begin, end)| {
            (
                &self.labels[begin[0]..end[0]],
                &self.saddles[begin[1]..end[1]],
            )
        })
    }
}

/// The lowest label of the group of `label`.
pub(super) fn root(group: &mut [u32], mut label: u32) -> u32 {
    while group[label as usize] != label {
        group[label as usize] = group[group[label as usize] as usize];
        label = group[label as usize];
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_saddles_keep_their_orders() {
        let saddle = |a, b, height| Saddle {
            basins: (a, b),
            height,
        };
        let saddles = [
            saddle(3, 5, 9.0),
            saddle(1, 6, 8.0),
            saddle(2, 5, 7.0),
            saddle(1, 4, 6.0),
            saddle(2, 3, 5.0),
        ];
        let clusters = Clusters::of(7, &saddles);
        let found: Vec<(&[u32], Vec<f32>)> = clusters
            .iter()
            .map(|(labels, saddles)| (labels, saddles.iter().map(|s| s.height).collect()))
            .collect();
        assert_eq!(
            found,
            [
                (&[1, 4, 6][..], vec![8.0, 6.0]),
                (&[2, 3, 5][..], vec![9.0, 7.0, 5.0])
            ]
        );
        assert_eq!(Clusters::of(0, &[]).iter().count(), 0);
    }
}
