# task direct-chats: file
"""Forms of the chat."""

from django import forms
from django.contrib.auth import get_user_model

from chat.models import Room


# task invitations: begin
class RoomForm(forms.ModelForm):
    """A new room: public, or a group; direct rooms are made in their own way."""

    # The model lets it be blank, for direct rooms.
    name = forms.CharField(max_length=80)
    kind = forms.ChoiceField(
        choices=[choice for choice in Room.Kind.choices if choice[0] != "direct"],
        initial=Room.Kind.PUBLIC,
        required=False,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Room
        fields = ["name", "kind"]

    def clean_kind(self):
        return self.cleaned_data["kind"] or Room.Kind.PUBLIC


# task direct-chats: was
# class RoomForm(forms.ModelForm):
#     """A new room; direct rooms are made in their own way."""
#
#     # The model lets it be blank, for direct rooms.
#     name = forms.CharField(max_length=80)
#
#     class Meta:
#         model = Room
#         fields = ["name"]
#
#
# task invitations: end
# task direct-chats: begin
class PersonForm(forms.Form):
    """Names somebody who has an account; `person` is who it is."""

    username = forms.CharField(
        max_length=150,
        label="User name",
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )

    def clean_username(self):
        username = self.cleaned_data["username"]
        people = get_user_model().objects.filter(is_active=True)
        self.person = people.filter(username=username).first()
        if self.person is None:
            raise forms.ValidationError("Nobody here has that user name.")
        return username


class DirectForm(PersonForm):
    """Somebody else to talk to."""

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_username(self):
        username = super().clean_username()
        if self.person == self.user:
            raise forms.ValidationError("That is you. Name somebody else.")
        return username


# task direct-chats: end
# task invitations: begin
class InvitationForm(PersonForm):
    """Somebody who is not in the room yet."""

    def __init__(self, *args, room, **kwargs):
        super().__init__(*args, **kwargs)
        self.room = room

    def clean_username(self):
        username = super().clean_username()
        if Room.objects.for_member(self.person).filter(pk=self.room.pk).exists():
            raise forms.ValidationError("They are a member already.")
        return username


# task invitations: end
