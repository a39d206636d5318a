"""How staff see the accounts in the admin."""

# task profiles: begin
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from accounts.forms import PortraitForm
from accounts.models import Profile, User
from config.admin import AskAgainMixin
# task profiles: stub
# from django.contrib import admin
# from django.contrib.auth.admin import UserAdmin
#
# from accounts.models import User
# from config.admin import AskAgainMixin
# task profiles: end


# task profiles: begin
class ProfileInline(admin.StackedInline):
    model = Profile
    form = PortraitForm
    can_delete = False


# task profiles: end
@admin.register(User)
class CookAdmin(AskAgainMixin, UserAdmin):
    """Accounts as Django shows them, and what belongs to them here."""

    # task profiles: begin
    def get_inlines(self, request, obj):
        # A new account gets its profile elsewhere; here it could only get a second one.
        return [ProfileInline] if obj else []

    # task profiles: end
