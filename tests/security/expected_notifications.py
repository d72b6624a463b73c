"""Who gets which page of messages; the same form as ``expected.PAGES``."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.security.people_and_orders import World

PAGES = """
inbox                         | signed_in                     | -
inbox_bell                    | signed_in                     | -
inbox_read_all                | -                             | signed_in
inbox_wishes                  | signed_in                     | signed_in
inbox_open                    | -                             | admin                | admin
inbox_acknowledge             | -                             | admin                | admin
api_messages                  | signed_in                     | -
api_messages_unread           | signed_in                     | -
api_messages_read_all         | -                             | signed_in
api_message_read              | -                             | admin                | admin
api_message_acknowledge       | -                             | admin                | admin

message_trouble               | admins director auditor       | -
message_log                   | admins director auditor       | -
message_delivery              | admins director auditor       | -
message_resend                | -                             | admins director
message_give_up               | -                             | admins director
message_calls                 | shift_leader supervisor director | -
message_called                | -                             | shift_leader supervisor director
message_channels              | admins                        | -
message_channel_add           | admins                        | admins
message_channel               | admins                        | admins
message_channel_test          | -                             | admins
message_channel_result        | admins                        | -
message_texts                 | admins                        | -
message_text                  | admins                        | admins
message_text_preview          | -                             | admins

rate                          | anyone                        | anyone
"""

INBOX = ("inbox_open", "inbox_acknowledge", "api_message_read", "api_message_acknowledge")


def blanks(world: "World") -> dict[str, dict[str, object]]:
    delivery = {"pk": world.ids["delivery"]}
    endpoint = {"pk": world.ids["endpoint"]}
    code = {"code": "order.dispatched"}
    return {
        **dict.fromkeys(("message_delivery", "message_resend", "message_give_up", "message_called"), delivery),
        **dict.fromkeys(("message_channel", "message_channel_test", "message_channel_result"), endpoint),
        **dict.fromkeys(("message_text", "message_text_preview"), code),
        **{key: {"pk": world.ids["inbox"]} for key in INBOX},
        "message_channel_add": {"channel": "wecom_robot"},
        "rate": {"token": world.ids["token"]},
    }
