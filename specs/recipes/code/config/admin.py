"""What the admin of this site does besides what Django's does."""

from django.db import IntegrityError


class AskAgainMixin:
    """Looks once more where somebody else was quicker, in place of an error page.

    A form finds a name free, and a moment later the name is taken: the database refuses
    it, and all is rolled back. The second look finds the name taken, and the form says
    so, with everything that was typed.
    """

    def changeform_view(self, *args, **kwargs):
        return self._ask(super().changeform_view, *args, **kwargs)

    def changelist_view(self, *args, **kwargs):
        return self._ask(super().changelist_view, *args, **kwargs)

    def delete_view(self, *args, **kwargs):
        return self._ask(super().delete_view, *args, **kwargs)

    def _ask(self, view, *args, **kwargs):
        try:
            return view(*args, **kwargs)
        except IntegrityError:
            return view(*args, **kwargs)
