//! Figures, rendered particles and the self-contained HTML page.
