"""Addresses of accounts and cooks."""

# task api-throttling: begin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path, re_path

from accounts import views
from api.throttles import LogInThrottle, limited
# task profiles: was
# from django.contrib.auth.views import LoginView, LogoutView
# from django.urls import path, re_path
#
# from accounts import views
# task profiles: stub
# from django.contrib.auth.views import LoginView, LogoutView
# from django.urls import path
#
# from accounts import views
# task api-throttling: end

app_name = "accounts"

urlpatterns = [
    path("accounts/signup/", views.SignUpView.as_view(), name="signup"),
    # task api-throttling: begin
    path(
        "accounts/login/",
        limited(LoginView.as_view(redirect_authenticated_user=True), by=LogInThrottle),
        name="login",
    ),
    # task api-throttling: stub
    # path(
    #     "accounts/login/",
    #     LoginView.as_view(redirect_authenticated_user=True),
    #     name="login",
    # ),
    # task api-throttling: end
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    # task profiles: begin
    path("accounts/profile/", views.profile_edit, name="profile-edit"),
    re_path(
        # Whatever Django lets a user name hold.
        r"^cooks/(?P<username>[\w.@+-]+)/$",
        views.ProfileView.as_view(),
        name="profile",
    ),
    # task profiles: end
    # task follow-cooks: begin
    re_path(
        r"^cooks/(?P<username>[\w.@+-]+)/follow/$",
        views.follow,
        name="follow",
    ),
    re_path(
        r"^cooks/(?P<username>[\w.@+-]+)/unfollow/$",
        views.unfollow,
        name="unfollow",
    ),
    # task follow-cooks: end
]
