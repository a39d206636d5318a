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
    # task api-throttling: begin
    path("accounts/profile/", limited(views.profile_edit), name="profile-edit"),
    # task profiles: was
    # path("accounts/profile/", views.profile_edit, name="profile-edit"),
    # task api-throttling: end
    # task profiles: begin
    re_path(
        # Whatever Django lets a user name hold.
        r"^cooks/(?P<username>[\w.@+-]+)/$",
        views.ProfileView.as_view(),
        name="profile",
    ),
    # task profiles: end
    # task api-throttling: begin
    re_path(
        r"^cooks/(?P<username>[\w.@+-]+)/follow/$",
        limited(views.follow),
        name="follow",
    ),
    re_path(
        r"^cooks/(?P<username>[\w.@+-]+)/unfollow/$",
        limited(views.unfollow),
        name="unfollow",
    ),
    # task follow-cooks: was
    # re_path(
    #     r"^cooks/(?P<username>[\w.@+-]+)/follow/$",
    #     views.follow,
    #     name="follow",
    # ),
    # re_path(
    #     r"^cooks/(?P<username>[\w.@+-]+)/unfollow/$",
    #     views.unfollow,
    #     name="unfollow",
    # ),
    # task api-throttling: end
]
