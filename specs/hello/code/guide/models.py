# task place-model: file
"""What the guide keeps in the database."""

from django.db import models

from guide.places import walk_text


class Place(models.Model):
    """Somewhere worth a visit."""

    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(max_length=40)
    minutes = models.PositiveSmallIntegerField(help_text="The walk from the station.")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["kind", "minutes", "name"]

    def __str__(self):
        return self.name

    @property
    def walk(self):
        return walk_text(self.minutes)
