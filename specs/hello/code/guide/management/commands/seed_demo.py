# task place-model: file
"""Loads the places of `guide/places.py` into the database."""

from dataclasses import asdict

from django.core.management.base import BaseCommand

from guide.models import Place
from guide.places import PLACES


class Command(BaseCommand):
    help = "Loads the demo places. Running it again brings them up to date."

    def handle(self, *args, **options):
        for place in PLACES:
            fields = asdict(place)
            Place.objects.update_or_create(slug=fields.pop("slug"), defaults=fields)
        self.stdout.write(self.style.SUCCESS(f"{len(PLACES)} places are in the guide."))
