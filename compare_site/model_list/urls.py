"""Addresses below /models/."""

from django.urls import path

from compare_site.model_list import views

urlpatterns = [
    path("", views.models, name="models"),
    path("one/", views.model, name="model"),
    path("providers/", views.providers, name="providers"),
]
