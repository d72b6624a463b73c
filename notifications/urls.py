"""Addresses of messages: the inbox, the operators' pages below /settings/messages/, the customer's link."""

from django.urls import path

from notifications.views import inbox, log, public, setup, texts

urlpatterns = [
    path("inbox/", inbox.inbox_page, name="inbox"),
    path("inbox/bell/", inbox.bell, name="inbox_bell"),
    path("inbox/read/", inbox.read_all, name="inbox_read_all"),
    path("inbox/wishes/", inbox.wishes, name="inbox_wishes"),
    path("inbox/<int:pk>/open/", inbox.open_message, name="inbox_open"),
    path("inbox/<int:pk>/acknowledge/", inbox.acknowledge_message, name="inbox_acknowledge"),
    path("settings/messages/", log.trouble, name="message_trouble"),
    path("settings/messages/log/", log.log, name="message_log"),
    path("settings/messages/log/<int:pk>/", log.delivery, name="message_delivery"),
    path("settings/messages/<int:pk>/resend/", log.resend, name="message_resend"),
    path("settings/messages/<int:pk>/give-up/", log.give_up, name="message_give_up"),
    path("settings/messages/calls/", log.calls, name="message_calls"),
    path("settings/messages/calls/<int:pk>/", log.called, name="message_called"),
    path("settings/messages/channels/", setup.channels, name="message_channels"),
    path("settings/messages/channels/add/<slug:channel>/", setup.channel_add, name="message_channel_add"),
    path("settings/messages/channels/<int:pk>/", setup.channel_edit, name="message_channel"),
    path("settings/messages/channels/<int:pk>/test/", setup.channel_test, name="message_channel_test"),
    path("settings/messages/channels/<int:pk>/result/", setup.channel_result, name="message_channel_result"),
    path("settings/messages/texts/", texts.texts, name="message_texts"),
    path("settings/messages/texts/<str:code>/", texts.text, name="message_text"),
    path("settings/messages/texts/<str:code>/preview/", texts.text_preview, name="message_text_preview"),
    path("r/<str:token>/", public.rate, name="rate"),
]
