"""Templates: their language, their rendering and the system templates."""
