"""Addresses of the pages."""

from django.urls import path

from compare_site.batches import views

urlpatterns = [
    path("batches/", views.batch_list, name="batches"),
    path("batches/new/", views.batch_new, name="batch-new"),
    path("batches/<str:batch_id>/", views.batch, name="batch"),
]
