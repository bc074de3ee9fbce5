"""Addresses of the pages."""

from django.urls import path

from compare_site.comparisons import views

urlpatterns = [
    path("", views.playground, name="playground"),
    path("c/<str:comparison_id>/", views.comparison, name="comparison"),
    path("attachments/<str:attachment_id>", views.attachment, name="attachment"),
    path("history/", views.history_list, name="history"),
    path("history/trash/", views.trash_list, name="trash"),
    path("history/act/", views.history_act, name="history-act"),
]
