"""The small library that the hooks and templates of djangopath call."""
