"""The address of share links: short, and at the root of the site."""

from django.urls import path

from compare_site.sharing import views

urlpatterns = [path("s/<str:token>", views.open_share, name="share")]
