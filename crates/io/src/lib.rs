//! CT stacks, mineral maps, project files, result tables and images on disk.
