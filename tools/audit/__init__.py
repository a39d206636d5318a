"""make audit: what a learner installs and what a finished project answers."""
