"""Forms for accounts and profiles."""

# task profiles: begin
from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserCreationForm
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import Profile
from uploads import images
# task profiles: stub
# from django import forms
# from django.contrib.auth import get_user_model
# from django.contrib.auth.forms import UserCreationForm
# task profiles: end


class SignUpForm(UserCreationForm):
    """A user name, an address for mail, and a password, twice."""

    email = forms.EmailField(widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    class Meta(UserCreationForm.Meta):
        model = get_user_model()
        fields = ["username", "email"]


# task profiles: begin
class PortraitForm(forms.ModelForm):
    """A profile whose portrait is checked, for its owner and for the admin."""

    avatar = forms.FileField(
        label="Portrait",
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": images.ACCEPT}),
        help_text=images.HELP,
    )

    class Meta:
        model = Profile
        fields = ["bio", "avatar"]
        widgets = {"bio": forms.Textarea(attrs={"rows": 5})}

    def clean_avatar(self):
        upload = self.cleaned_data["avatar"]
        return (
            images.portrait_of(upload) if isinstance(upload, UploadedFile) else upload
        )


class ProfileForm(PortraitForm):
    """What a cook tells about themselves; the names belong to the account."""

    first_name = forms.CharField(
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    field_order = ["first_name", "last_name", "bio", "avatar"]

    # task profiles: end

    # task unsubscribe: begin
    class Meta(PortraitForm.Meta):
        fields = ["bio", "avatar", "notify_comments", "notify_recipes"]

    # task unsubscribe: end

    # task profiles: begin
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("first_name", "last_name"):
            self.initial[name] = getattr(self.instance.user, name)

    @transaction.atomic
    def save(self, commit=True):
        user = self.instance.user
        user.first_name = self.cleaned_data["first_name"]
        user.last_name = self.cleaned_data["last_name"]
        user.save(update_fields=["first_name", "last_name"])
        return super().save(commit)


# task profiles: end
