/// How the result was made.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Provenance {
    /// Program and version.
    pub program: String,
    /// When the page was made, as text with its time zone.
    pub made: String,
    /// Where it computed.
    pub device: String,
    /// Seed of the run.
    pub seed: u64,
    /// Worker threads.
    pub threads: usize,
    /// Largest memory use, bytes, where known.
    pub peak_memory_bytes: Option<u64>,
    /// Stages with their times, in order.
    pub stages: Vec<StageTime>,
    /// Libraries and other things with their versions.
    pub versions: Vec<(String, String)>,
    /// Input files.
    pub inputs: Vec<InputFile>,
    /// The resolved settings, as in the project file.
    pub settings_toml: String,
    /// What a reader should know before using the numbers, one sentence each.
    pub remarks: Vec<String>,
}

/// Time of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct StageTime {
    /// Name of the stage.
    pub stage: String,
    /// Wall time, seconds.
    pub seconds: f64,
    /// Where it computed.
    pub device: String,
}

/// An input file or a folder of slices.
#[derive(Debug, Clone, PartialEq)]
pub struct InputFile {
    /// Path as the project names it.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}
