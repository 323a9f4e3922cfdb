use corelith_evaluation::speed::{Plan, speed};

use crate::args::{BenchArgs, Global};
use crate::output::print_as;
use crate::progress::Terminal;

/// Seed of phantoms and networks when none is given.
const SEED: u64 = 1;

/// Times every step on this machine.
pub fn bench(global: &Global, args: &BenchArgs) -> anyhow::Result<()> {
    let terminal = Terminal::new(global.quiet);
    let shape = args.shape.as_deref();
    let plan = Plan {
        quick: args.quick,
        device: global.device,
        shape_vox: shape
            .and_then(|sides| <[u64; 3]>::try_from(sides).ok())
            .map(|sides| sides.map(|n| n as usize)),
        seed: global.seed.unwrap_or(SEED),
    };
    print_as(global.json, &speed(&plan, &terminal)?)
}
