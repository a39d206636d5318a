"""Pages for accounts."""

from django.contrib.auth import login
from django.views.generic import CreateView

from accounts.forms import SignUpForm


class SignUpView(CreateView):
    """Makes an account and signs its owner in."""

    form_class = SignUpForm
    template_name = "registration/signup.html"
    success_url = "/"

    def form_valid(self, form):
        response = super().form_valid(form)
        login(self.request, self.object)
        return response
