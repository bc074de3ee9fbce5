"""Addresses below /accounts/ (signing in, preferences of visitors) and below /account/ (one's own)."""

from django.urls import path

from compare_site.accounts import invited, profile, spending, views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("link/<str:token>/", views.sign_in_link, name="sign-in-link"),
    path("invitation/<str:token>/", invited.invitation, name="invitation"),
    path("language/", views.set_language, name="set-language"),
    path("theme/", views.set_theme, name="set-theme"),
]
account_patterns = [
    path("", profile.profile, name="account"),
    path("spend/", spending.spending, name="account-spend"),
    path("password/", profile.change_password, name="account-password"),
    path("shortcuts/", profile.set_letters, name="account-letters"),
    path("tokens/", profile.tokens, name="account-tokens"),
    path("tokens/<int:token_id>/revoke/", profile.revoke_token, name="account-token-revoke"),
    path("sessions/", profile.sessions, name="account-sessions"),
    path("sessions/others/end/", profile.end_other_sessions, name="account-sessions-end"),
    path("sessions/<int:session_id>/end/", profile.end_session, name="account-session-end"),
]
