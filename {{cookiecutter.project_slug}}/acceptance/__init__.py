"""The acceptance tests of this project's tasks: read them, leave them as they are."""
