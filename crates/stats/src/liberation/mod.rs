//! Liberation of a mineral: by volume, by exposed surface, by section area.
