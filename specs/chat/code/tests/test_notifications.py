# task unit-tests: file
"""Who is told of what, and that nobody else is."""

from django.db import transaction
from django.test import TestCase
from django.urls import reverse

from chat import services
from chat.models import Invitation, Room
from notifications.models import Notification
from tests.factories import make_message, make_room, make_user


class NotificationTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.ada, cls.ben = make_user("ada"), make_user("ben")
        cls.group = make_room(cls.ada, cls.ben, kind=Room.Kind.GROUP, name="Attic")
        cls.stranger = make_user("cleo")

    def say(self, room, body, author=None):
        with self.captureOnCommitCallbacks(execute=True):
            return make_message(room, author or self.ada, body)

    def told(self):
        found = Notification.objects.order_by("pk")
        return [(entry.recipient.username, entry.text) for entry in found]

    def test_mention_is_told_to_members_only(self):
        self.say(self.group, "@ben, @ben and @cleo: not @ada, not a@ben.example.")
        self.assertEqual(self.told(), [("ben", "ada mentioned you in Attic")])

    def test_message_without_a_mention_is_told_to_nobody(self):
        self.say(self.group, "Is anybody here?")
        self.assertEqual(self.told(), [])

    def test_direct_message_is_told_to_the_other_one(self):
        message = self.say(services.direct_room(self.ada, self.ben), "Hello @ada")
        self.assertEqual(self.told(), [("ben", "ada wrote to you")])
        self.assertEqual(Notification.objects.get().message, message)

    def test_saving_a_message_again_tells_nobody(self):
        message = make_message(self.group, self.ada, "@ben")
        with self.captureOnCommitCallbacks(execute=True):
            message.save()
        self.assertEqual(self.told(), [])

    def test_what_is_rolled_back_is_told_to_nobody(self):
        with self.captureOnCommitCallbacks(execute=True) as callbacks:
            try:
                with transaction.atomic():
                    make_message(self.group, self.ada, "@ben")
                    raise InterruptedError
            except InterruptedError:
                pass
        self.assertEqual((callbacks, self.told()), ([], []))

    def test_invitation_is_told_to_the_invited(self):
        with self.captureOnCommitCallbacks(execute=True):
            Invitation.objects.create(
                room=self.group, user=self.stranger, invited_by=self.ada
            )
        self.assertEqual(self.told(), [("cleo", "ada invited you to Attic")])
        self.assertEqual(Notification.objects.get().url, "/invitations/")

    def test_opening_marks_one_as_read_once(self):
        for _ in range(2):
            self.say(self.group, "@ben")
        entry = Notification.objects.first()
        url = reverse("notifications:open", args=[entry.pk])
        self.client.force_login(self.stranger)
        self.assertEqual(self.client.post(url).status_code, 404)
        self.client.force_login(self.ben)
        self.assertEqual(self.client.post(url).url, self.group.get_absolute_url())
        entry.refresh_from_db()
        self.client.post(url)
        self.assertEqual(Notification.objects.get(pk=entry.pk).read_at, entry.read_at)
        self.assertEqual(self.ben.notifications.filter(read_at=None).count(), 1)

    def test_page_shows_own_notifications_by_twenties(self):
        for _ in range(23):
            self.say(self.group, "@ben")
        self.say(self.group, "@ada", self.ben)
        self.client.force_login(self.ben)
        page = self.client.get("/notifications/")
        self.assertEqual(len(page.context["notification_list"]), 20)
        self.assertContains(page, '<span id="notification-count" class="badge">23<')
        page = self.client.get("/notifications/?page=2")
        self.assertEqual(len(page.context["notification_list"]), 3)
        self.assertEqual(self.client.get("/notifications/?page=3").status_code, 404)

    def test_all_are_read_at_once_and_only_ones_own(self):
        self.say(self.group, "@ben")
        self.say(self.group, "@ada", self.ben)
        self.client.force_login(self.ben)
        self.client.post("/notifications/read/")
        unread = Notification.objects.filter(read_at=None)
        self.assertEqual([entry.recipient for entry in unread], [self.ada])
