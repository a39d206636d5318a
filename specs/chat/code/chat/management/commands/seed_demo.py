"""Loads demo data: three people, their rooms, and what was said in them.

The command finds out by itself how far the chat has been built, so it works from the
first model on. Running it again changes nothing that is there already.
"""

from uuid import NAMESPACE_URL, uuid5

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

PASSWORD = "demo-password-1"
PEOPLE = {
    "mira": ("Mira", "Lind"),
    "tomas": ("Tomás", "Reyes"),
    "ines": ("Inês", "Duarte"),
}
# Name, kind, who made it, who else is in it.
ROOMS = [
    ("Kitchen", "public", "mira", ["tomas", "ines"]),
    ("Night shift", "public", "tomas", ["mira"]),
    ("Reading group", "public", "ines", []),
    ("Moving house", "group", "mira", ["tomas"]),
]
TALK = {
    "Kitchen": [
        ("mira", "The oven is mended. It keeps 180 degrees again."),
        ("tomas", "Then I bake on Friday.\nPlum cake, if somebody brings plums."),
        ("ines", "I have two kilos of them."),
        ("mira", "And I have <b>no</b> self-control with plum cake."),
    ],
    "Night shift": [
        ("tomas", "Quiet so far. The lamp on the pier is out again."),
        ("mira", "I have told the harbour office."),
    ],
    "Moving house": [
        ("mira", "Boxes are in the cellar, tape is on the shelf above them."),
        ("tomas", "I come at nine with the van."),
    ],
    "direct": [
        ("mira", "Do you still have my key?"),
        ("tomas", "Yes. I bring it on Friday."),
    ],
}
LONG = [
    "Chapter {n}: I would read it again for the first page alone.",
    "Chapter {n} is where the letters begin, and everything before looks different.",
    "I stopped in chapter {n}. Not bored, only tired.",
    "Who tells chapter {n}? It cannot be the sister.",
]


def model(name, app="chat"):
    """The model with this name, or None as long as there is none."""
    try:
        return apps.get_model(app, name)
    except LookupError:
        return None


# shared: management/has_field.py


class Command(BaseCommand):
    help = "Loads demo people, rooms, messages, memberships and invitations."

    def handle(self, *args, **options):
        self.load()
        # Only now what waited for the commit has run, notifications among it.
        self.report()

    @transaction.atomic
    def load(self):
        self.room_class = model("Room")
        if self.room_class is None:
            raise CommandError("There is no model chat.Room yet; write it first.")
        self.people = {name: self.person(name) for name in PEOPLE}
        for name, kind, owner, others in ROOMS:
            self.room(name, kind, owner, others)
        if has_field(self.room_class, "direct_key"):
            self.direct_room("mira", "tomas")
        self.notify_of_direct_message("mira", "tomas")
        self.invite("Moving house", "ines", "mira")

    def person(self, username):
        first, last = PEOPLE[username]
        user, created = get_user_model().objects.get_or_create(
            username=username, defaults={"first_name": first, "last_name": last}
        )
        if created:
            # A password that stands in the code is for development only.
            if settings.DEBUG:
                user.set_password(PASSWORD)
            else:
                user.set_unusable_password()
            user.save()
        return user

    def room(self, name, kind, owner, others):
        values = {"created_by": self.people[owner]}
        if has_field(self.room_class, "kind"):
            values["kind"] = kind
        rooms = self.room_class._default_manager
        room = rooms.filter(name=name).first() or rooms.create(name=name, **values)
        self.fill(room, TALK.get(name), owner, others)
        if name == "Reading group":
            talk = [(owner, LONG[n % 4].format(n=n)) for n in range(1, 81)]
            self.fill(room, talk, owner, others)

    def direct_room(self, one, other):
        pair = sorted([self.people[one].pk, self.people[other].pk])
        room, _ = self.room_class._default_manager.get_or_create(
            direct_key=":".join(map(str, pair)),
            defaults={"kind": "direct", "created_by": self.people[one]},
        )
        self.fill(room, TALK["direct"], None, [one, other])

    def fill(self, room, talk, owner, others):
        """Members and messages, where there are models for them."""
        if (membership := model("Membership")) is not None:
            for name in filter(None, [owner, *others]):
                role = "owner" if name == owner else "member"
                membership._default_manager.get_or_create(
                    room=room, user=self.people[name], defaults={"role": role}
                )
        if (message := model("Message")) is not None:
            for number, (name, body) in enumerate(talk or []):
                # The same at each run, so that the message is found again.
                client_id = uuid5(NAMESPACE_URL, f"demo {room.pk} {number}")
                message._default_manager.get_or_create(
                    author=self.people[name],
                    client_id=client_id,
                    defaults={"room": room, "body": body},
                )

    def notify_of_direct_message(self, recipient, actor):
        """For a message that is older than the app; of newer ones signals tell."""
        if (notification := model("Notification", "notifications")) is not None:
            actor = self.people[actor]
            message = actor.messages.filter(room__kind="direct").last()
            notification._default_manager.get_or_create(
                recipient=self.people[recipient],
                message=message,
                defaults={"kind": "direct", "actor": actor, "room": message.room},
            )

    def invite(self, name, invited, inviter):
        invitation, membership = model("Invitation"), model("Membership")
        if invitation is None:
            return
        who = {
            "room": self.room_class._default_manager.filter(name=name).first(),
            "user": self.people[invited],
        }
        if not membership._default_manager.filter(**who).exists():
            invitation._default_manager.get_or_create(
                **who, defaults={"invited_by": self.people[inviter]}
            )

    def report(self):
        names = ["Room", "Membership", "Message", "Invitation"]
        found = [model(name) for name in names]
        for cls in [*found, model("Notification", "notifications")]:
            if cls is not None:
                plural = cls._meta.verbose_name_plural
                self.stdout.write(f"{cls._default_manager.count()} {plural}")
        if settings.DEBUG:
            *first, last = PEOPLE
            self.stdout.write(f"Sign in as {', '.join(first)} or {last}: {PASSWORD}")
