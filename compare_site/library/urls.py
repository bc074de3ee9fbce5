"""Addresses of the pages of the library."""

from django.urls import path

from compare_site.library import views

urlpatterns = [
    path("prompts/", views.prompts, name="prompts"),
    path("prompts/new/", views.new_prompt, name="new-prompt"),
    path("prompts/<str:prompt_id>/", views.prompt, name="prompt"),
    path("prompts/<str:prompt_id>/edit/", views.edit_prompt, name="edit-prompt"),
]
