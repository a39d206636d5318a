"""Pages about the account."""

# task time-zones: begin
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404, redirect, render

from accounts.forms import SettingsForm, SignUpForm
from accounts.models import User

# task time-zones: stub
# from django.contrib.auth import login
# from django.db import IntegrityError, transaction
# from django.shortcuts import redirect, render
#
# from accounts.forms import SignUpForm
# task time-zones: end


def sign_up(request):
    """Makes an account and logs its owner in."""
    form = SignUpForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            with transaction.atomic():
                user = form.save()
        except IntegrityError:
            form.add_error("username", "This name has just been taken.")
        else:
            login(request, user)
            return redirect("/")
    return render(request, "registration/signup.html", {"form": form})


# task time-zones: begin
@login_required
def user_settings(request):
    """Lets the user choose a time zone."""
    # A copy: what is not valid must not become the user of this request.
    user = get_object_or_404(User, pk=request.user.pk)
    data = request.POST if request.method == "POST" else None
    form = SettingsForm(data, instance=user)
    if form.is_valid():
        user.save(update_fields=["time_zone"])
        messages.success(request, "Your settings are saved.")
        return redirect("accounts:settings")
    return render(request, "accounts/settings.html", {"form": form})


# task time-zones: end
