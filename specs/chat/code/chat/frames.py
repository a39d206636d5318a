# task echo: file
"""The frames of the socket: what comes in, checked, and the objects that go out."""

# task store-messages: begin
import json
from uuid import UUID

from django.conf import settings

# task bad-frames: was
# import json
# from uuid import UUID
#
# from django.conf import settings
# from django.utils import timezone
#
# task async-consumer: was
# import json
#
# from django.utils import timezone
#
# task echo: was
# from django.utils import timezone
#
# task store-messages: end


# task async-consumer: begin
class FrameError(Exception):
    """A frame is refused. It is answered by an error, and the socket lives on."""

    def __init__(self, code, text, **more):
        super().__init__(text)
        self.fields = {"code": code, "text": text, **more}


def encode(type_, **fields):
    """A frame as the text that goes over the socket."""
    return json.dumps({"type": type_, **fields})


# task async-consumer: end
# task socket-login: begin
def user_data(user):
    return {"id": user.pk, "username": user.username, "name": user.display_name}


# task socket-login: end
# task store-messages: begin
def message_data(message):
    """A stored message; its author is fetched, unless that has been done."""
    return {
        "id": message.pk,
        "client_id": str(message.client_id),
        "room": message.room_id,
        "author": user_data(message.author),
        "body": message.body,
        "created_at": message.created_at.isoformat(),
    }


# task socket-login: was
# def message_data(frame, author):
#     """The message that a frame holds; nothing of it is stored."""
#     return {
#         "id": None,
#         "client_id": frame["client_id"],
#         "room": frame["room"],
#         "author": user_data(author),
#         "body": frame["body"],
#         "created_at": timezone.now().isoformat(),
#     }
#
#
# task echo: was
# def message_data(frame):
#     """The message that a frame holds; nothing of it is stored."""
#     return {
#         "id": None,
#         "client_id": frame["client_id"],
#         "room": frame["room"],
#         "author": None,
#         "body": frame["body"],
#         "created_at": timezone.now().isoformat(),
#     }
#
#
# task store-messages: end
# task bad-frames: begin
def decode(text):
    """The JSON object in a text, with a type; its other fields are not looked at."""
    size = settings.CHAT_FRAME_BYTES
    if len(text.encode("utf-8", "surrogatepass")) > size:
        raise FrameError("frame_too_large", f"A frame may have at most {size} bytes.")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise FrameError("bad_json", "That is not JSON.") from None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise FrameError("bad_frame", 'A frame is a JSON object with a "type".')
    return frame


def whole_number(value):
    # True is an int for isinstance().
    if type(value) is not int:
        raise ValueError("a whole number")
    return value


# task bad-frames: end
# task history: begin
def id_or_null(value):
    if value is not None and whole_number(value) < 0:
        raise ValueError("an id or null")
    return value


# task history: end
# task typing: begin
def true_or_false(value):
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


# task typing: end
# task bad-frames: begin
def uuid_text(value):
    try:
        return str(UUID(value))
    except (AttributeError, TypeError, ValueError):
        raise ValueError("the text of a UUID") from None


def body_text(value):
    """The body of a message without blanks at its ends."""
    if not isinstance(value, str):
        raise ValueError("a text")
    # PostgreSQL stores no NUL, and half a surrogate pair cannot be written as UTF-8.
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        text = "The text holds characters that cannot be stored."
        raise FrameError("bad_body", text)
    body = value.strip()
    if not body:
        raise FrameError("empty_body", "A message needs some text.")
    if len(body) > settings.CHAT_BODY_LENGTH:
        text = f"A message may have at most {settings.CHAT_BODY_LENGTH} characters."
        raise FrameError("body_too_long", text)
    return body


FIELDS = {
    "ping": {},
    # task bad-frames: end
    # task history: begin
    "room.open": {"room": whole_number, "after": id_or_null},
    # task bad-frames: was
    # "room.open": {"room": whole_number},
    # task history: end
    # task bad-frames: begin
    "room.close": {"room": whole_number},
    "message.send": {"room": whole_number, "client_id": uuid_text, "body": body_text},
    # task bad-frames: end
    # task typing: begin
    "typing": {"room": whole_number, "active": true_or_false},
    # task typing: end
    # task read-receipts: begin
    "read": {"room": whole_number, "message": whole_number},
    # task read-receipts: end
    # task bad-frames: begin
}


def checked(frame):
    """The fields that a frame of its type needs, each as it should be."""
    fields = FIELDS.get(frame["type"])
    if fields is None:
        text = f'There is no frame of the type "{frame["type"][:50]}".'
        raise FrameError("unknown_type", text)
    values = {}
    for name, check in fields.items():
        try:
            values[name] = check(frame.get(name))
        except ValueError as error:
            text = f'The field "{name}" must be {error}.'
            raise FrameError("bad_frame", text) from None
    return values


def named(frame):
    """What a refused frame was about, as far as it says so."""
    values = {}
    for name, check in (("room", whole_number), ("client_id", uuid_text)):
        try:
            values[name] = check(frame.get(name))
        except ValueError:
            continue
    return values


# task bad-frames: end
