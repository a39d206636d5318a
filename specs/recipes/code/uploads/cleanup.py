# task signals: file
"""Files that no row speaks of any more.

A file is deleted after the commit: a transaction can be rolled back, a file cannot.
"""

from django.db import transaction


def replaced(instance, fields, using):
    """Forgets the files that the row holds in the database, and will not hold now."""
    before = type(instance)._base_manager.using(using).filter(pk=instance.pk).first()
    if before is None:
        return
    changed = [
        field
        for field in fields
        if getattr(before, field).name != getattr(instance, field).name
    ]
    deleted(before, changed, using)


def deleted(instance, fields, using):
    """Forgets the files of a row."""
    for field in fields:
        if file := getattr(instance, field):
            _forget(type(instance), field, file, using)


def _forget(model, field, file, using):
    storage, name = file.storage, file.name

    def forget():
        # The save may have left the field out, and another row may hold the same file.
        if not model._base_manager.using(using).filter(**{field: name}).exists():
            storage.delete(name)

    transaction.on_commit(forget, using=using, robust=True)
