"""What a user can tell the site about themselves."""

# task time-zones: begin
from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserCreationForm

from accounts.models import User

# task time-zones: stub
# from django.contrib.auth import get_user_model
# from django.contrib.auth.forms import UserCreationForm
# task time-zones: end


class SignUpForm(UserCreationForm):
    """A user name, and a password twice."""

    class Meta(UserCreationForm.Meta):
        model = get_user_model()
        fields = ["username"]


# task time-zones: begin
class SettingsForm(forms.ModelForm):
    """Where the user is."""

    class Meta:
        model = User
        fields = ["time_zone"]


# task time-zones: end
