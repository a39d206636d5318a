# task api-read: file
"""What the site can do, for programs."""
