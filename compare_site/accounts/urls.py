"""Addresses below /accounts/."""

from django.urls import path

from compare_site.accounts import invited, views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("link/<str:token>/", views.sign_in_link, name="sign-in-link"),
    path("invitation/<str:token>/", invited.invitation, name="invitation"),
    path("language/", views.set_language, name="set-language"),
    path("theme/", views.set_theme, name="set-theme"),
]
