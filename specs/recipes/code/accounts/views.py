"""Pages for accounts and cooks."""

# task follow-cooks: begin
from django.contrib import messages
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView

from accounts.forms import ProfileForm, SignUpForm
from accounts.models import Follow, Profile
from recipes import races
from recipes.views import CardListView
# task profiles: was
# from django.contrib import messages
# from django.contrib.auth import get_user_model, login
# from django.contrib.auth.decorators import login_required
# from django.db import IntegrityError, transaction
# from django.shortcuts import get_object_or_404, redirect, render
# from django.urls import reverse_lazy
# from django.views.generic import CreateView
#
# from accounts.forms import ProfileForm, SignUpForm
# from accounts.models import Profile
# from recipes.views import CardListView
# task profiles: stub
# from django.contrib.auth import login
# from django.db import IntegrityError, transaction
# from django.urls import reverse_lazy
# from django.views.generic import CreateView
#
# from accounts.forms import SignUpForm
# task follow-cooks: end


class SignUpView(CreateView):
    """Makes an account and signs its owner in."""

    form_class = SignUpForm
    template_name = "registration/signup.html"
    success_url = reverse_lazy("recipes:home")

    def form_valid(self, form):
        try:
            with transaction.atomic():
                response = super().form_valid(form)
                # task signals: begin
                # task profiles: was
                # Profile.objects.create(user=self.object)
                # task signals: end
        except IntegrityError:
            # The form found the name free, and somebody else was quicker.
            form.add_error("username", "A user with that username already exists.")
            return self.form_invalid(form)
        login(self.request, self.object)
        return response


# task profiles: begin
class ProfileView(CardListView):
    """A cook, with what they have published."""

    template_name = "accounts/profile.html"

    def get_queryset(self):
        # task profiles: end
        # task follow-cooks: begin
        cooks = get_user_model().objects.annotate(followers_count=Count("followers"))
        self.cook = get_object_or_404(
            cooks.select_related("profile"), username=self.kwargs["username"]
        )
        # task profiles: was
        # self.cook = get_object_or_404(
        #     get_user_model().objects.select_related("profile"),
        #     username=self.kwargs["username"],
        # )
        # task follow-cooks: end
        # task profiles: begin
        return super().get_queryset().filter(author=self.cook)

    # task profiles: end
    # task follow-cooks: begin
    def get_context_data(self, **kwargs):
        user = self.request.user
        is_followed = (
            user.is_authenticated and self.cook.followers.filter(follower=user).exists()
        )
        return super().get_context_data(
            cook=self.cook, is_followed=is_followed, **kwargs
        )

    # task profiles: was
    # def get_context_data(self, **kwargs):
    #     return super().get_context_data(cook=self.cook, **kwargs)
    #
    # task follow-cooks: end


# task profiles: begin
@login_required
def profile_edit(request):
    """One's own profile, and nobody else's."""
    # Whoever was made by `bulk_create`, say, has none yet.
    profile, _ = Profile.objects.get_or_create(user=request.user)
    form = ProfileForm(request.POST or None, request.FILES or None, instance=profile)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your profile is saved.")
        return redirect(request.user)
    return render(request, "accounts/profile_form.html", {"form": form})


# task profiles: end
# task follow-cooks: begin
def log_in_first(username):
    """To the log-in page, then to the cook: the two addresses take POST only."""
    return redirect_to_login(reverse("accounts:profile", args=[username]))


@require_POST
def follow(request, username):
    if not request.user.is_authenticated:
        return log_in_first(username)
    cook = get_object_or_404(get_user_model(), username=username)
    if cook == request.user:
        raise PermissionDenied
    with races.or_404():
        Follow.objects.get_or_create(follower=request.user, cook=cook)
    messages.success(request, f"You follow {cook.display_name}.")
    return redirect(cook)


@require_POST
def unfollow(request, username):
    if not request.user.is_authenticated:
        return log_in_first(username)
    cook = get_object_or_404(get_user_model(), username=username)
    Follow.objects.filter(follower=request.user, cook=cook).delete()
    messages.success(request, f"You no longer follow {cook.display_name}.")
    return redirect(cook)


# task follow-cooks: end
