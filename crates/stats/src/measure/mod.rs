//! Size, shape and composition of every particle.
