"""The addresses of share links: the one with the token is short, and at the root of the site."""

from django.urls import path

from compare_site.sharing import views

urlpatterns = [
    path("s/<str:token>", views.open_share, name="share"),
    path("shared/", views.shared_list, name="shared"),
    path("shared/<str:share_id>/", views.enter_share, name="shared-open"),
]
