use nalgebra::Vector3;

/// Buckets of items by the cells of a regular grid that their boxes touch.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    origin: Vector3<f64>,
    cell: f64,
    cells: [usize; 3],
    /// Items of cell `i` are `items[starts[i]..starts[i + 1]]`, in rising order.
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Grid {
    /// A grid of cells `cell` wide over `low..high`; boxes outside go to the outermost cells.
    pub(crate) fn new(
        low: Vector3<f64>,
        high: Vector3<f64>,
        cell: f64,
        boxes: &[(Vector3<f64>, Vector3<f64>)],
    ) -> Self {
        let cells = std::array::from_fn(|i| (((high[i] - low[i]) / cell).ceil() as usize).max(1));
        let mut grid = Self {
            origin: low,
            cell,
            cells,
            starts: vec![0; cells.iter().product::<usize>() + 1],
            items: Vec::new(),
        };
        for (a, b) in boxes {
            for index in grid.indices(a, b) {
                grid.starts[index + 1] += 1;
            }
        }
        for i in 1..grid.starts.len() {
            grid.starts[i] += grid.starts[i - 1];
        }
        let mut next = grid.starts.clone();
        grid.items = vec![0; *grid.starts.last().unwrap_or(&0) as usize];
        for (item, (a, b)) in boxes.iter().enumerate() {
            for index in grid.indices(a, b) {
                grid.items[next[index] as usize] = item as u32;
                next[index] += 1;
            }
        }
        grid
    }

    fn cell_of(&self, p: &Vector3<f64>) -> [usize; 3] {
        std::array::from_fn(|i| {
            (((p[i] - self.origin[i]) / self.cell).max(0.0) as usize).min(self.cells[i] - 1)
        })
    }

    fn indices(&self, a: &Vector3<f64>, b: &Vector3<f64>) -> impl Iterator<Item = usize> + use<> {
        let (from, to) = (self.cell_of(a), self.cell_of(b));
        let [nx, ny, _] = self.cells;
        (from[2]..=to[2]).flat_map(move |z| {
            (from[1]..=to[1])
                .flat_map(move |y| (from[0]..=to[0]).map(move |x| (z * ny + y) * nx + x))
        })
    }

    /// Every item whose box may meet the given one, once, in an order that depends on the grid
    /// alone.
    pub(crate) fn for_each_within(
        &self,
        low: &Vector3<f64>,
        high: &Vector3<f64>,
        mut visit: impl FnMut(u32),
    ) {
        let mut found: Vec<u32> = self
            .indices(low, high)
            .flat_map(|index| {
                &self.items[self.starts[index] as usize..self.starts[index + 1] as usize]
            })
            .copied()
            .collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().for_each(&mut visit);
    }

    /// Items whose boxes may hold the point.
    #[inline]
    pub(crate) fn at(&self, p: &Vector3<f64>) -> &[u32] {
        let [x, y, z] = self.cell_of(p);
        let index = (z * self.cells[1] + y) * self.cells[0] + x;
        &self.items[self.starts[index] as usize..self.starts[index + 1] as usize]
    }
}
