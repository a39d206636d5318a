"""Pages for accounts."""

from django.contrib.auth import login
from django.db import IntegrityError, transaction
from django.views.generic import CreateView

from accounts.forms import SignUpForm


class SignUpView(CreateView):
    """Makes an account and signs its owner in."""

    form_class = SignUpForm
    template_name = "registration/signup.html"
    success_url = "/"

    def form_valid(self, form):
        try:
            # Undone as a whole, so that the page of the form can ask the database.
            with transaction.atomic():
                response = super().form_valid(form)
        except IntegrityError:
            # Somebody else has taken the name since the form looked for it.
            user = form.instance
            taken = user.unique_error_message(type(user), ["username"])
            form.add_error("username", taken)
            return self.form_invalid(form)
        login(self.request, self.object)
        return response
