//! Virtual sections through the 3D result, and the 2D-3D bias.
