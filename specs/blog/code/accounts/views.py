# task sign-up-login: file
"""Pages for accounts."""

from django.contrib.auth import login
from django.db import IntegrityError, transaction
from django.urls import reverse_lazy
from django.views.generic import CreateView

from accounts.forms import SignUpForm


class SignUpView(CreateView):
    """Makes an account and signs its owner in."""

    form_class = SignUpForm
    template_name = "registration/signup.html"
    success_url = reverse_lazy("blog:home")

    def form_valid(self, form):
        try:
            with transaction.atomic():
                response = super().form_valid(form)
        except IntegrityError:
            form.add_error("username", "Somebody has just taken this name.")
            return self.form_invalid(form)
        login(self.request, self.object)
        return response
