"""The pages of the production server: rendered here, without a build step and without scripts."""
