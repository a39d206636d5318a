"""Builds and starts the projects' containers: the engine, and its base images."""
