# task signals: file
"""What follows when a recipe is saved or deleted, by whomever."""

from django.db.models.signals import post_delete, pre_save
from django.dispatch import receiver

from recipes.models import Recipe
from uploads import cleanup

PICTURES = ["image", "thumbnail"]


@receiver(pre_save, sender=Recipe, dispatch_uid="forget_replaced_pictures")
def forget_replaced_pictures(instance, using, **kwargs):
    cleanup.replaced(instance, PICTURES, using)


@receiver(post_delete, sender=Recipe, dispatch_uid="forget_pictures")
def forget_pictures(instance, using, **kwargs):
    """Also where the recipe goes with its author, and no `delete()` is called."""
    cleanup.deleted(instance, PICTURES, using)
