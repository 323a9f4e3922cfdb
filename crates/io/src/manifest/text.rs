//! Data sets, and how a copy of one was found, in words.

use std::fmt;

use super::{DatasetEntry, Manifest, Outcome, VerifyReport};

impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.datasets
            .iter()
            .try_for_each(|dataset| write!(f, "{dataset}"))
    }
}

impl fmt::Display for DatasetEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.name)?;
        writeln!(f, "  {}", self.about)?;
        writeln!(f, "  study      {}", self.study)?;
        writeln!(f, "  from       {}, item {}", self.repository, self.item)?;
        writeln!(f, "  address    {}", self.url)?;
        let (licence, publisher) = (&self.licence, &self.publisher);
        writeln!(f, "  licence    {licence}, {publisher}, {}", self.published)?;
        let scan = &self.acquisition;
        writeln!(
            f,
            "  CT         {}, {} kV, {} uA, {} s, {}x, {} um voxels, {} bit",
            scan.instrument,
            scan.voltage_kv,
            scan.current_ua,
            scan.exposure_s,
            scan.magnification,
            scan.voxel_size_um,
            scan.bits
        )?;
        for fraction in &self.fractions {
            writeln!(
                f,
                "  fraction   {} um: {} x {} px, {} projections, in {}",
                fraction.name,
                fraction.width_px,
                fraction.height_px,
                fraction.projections,
                fraction.folder
            )?;
        }
        for folder in &self.folders {
            writeln!(f, "  folder     {}: {}", folder.path, folder.holds)?;
        }
        Ok(())
    }
}

impl fmt::Display for VerifyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            let mark = match check.outcome {
                Outcome::Passed => "ok     ",
                Outcome::Failed => "FAILED ",
                Outcome::NotChecked => "not checked",
            };
            writeln!(f, "{mark} {}: {}", check.subject, check.detail)?;
        }
        Ok(())
    }
}
