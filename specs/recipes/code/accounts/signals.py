# task signals: file
"""What follows when an account or a profile is saved or deleted, by whomever."""

from django.conf import settings
from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver

from accounts.models import Profile
from uploads import cleanup


@receiver(post_save, sender=settings.AUTH_USER_MODEL, dispatch_uid="make_profile")
def make_profile(instance, created, raw, **kwargs):
    """A fixture (`raw`) brings its profiles along."""
    if created and not raw:
        Profile.objects.get_or_create(user=instance)


@receiver(pre_save, sender=Profile, dispatch_uid="forget_replaced_avatar")
def forget_replaced_avatar(instance, using, **kwargs):
    cleanup.replaced(instance, ["avatar"], using)


@receiver(post_delete, sender=Profile, dispatch_uid="forget_avatar")
def forget_avatar(instance, using, **kwargs):
    cleanup.deleted(instance, ["avatar"], using)
