# task unit-tests: file
"""The rules that the database must keep, whoever asks."""

from uuid import uuid4

from django.db import IntegrityError, transaction
from django.test import TestCase, override_settings

from chat import history, limits, presence, services
from chat.models import Connection, Invitation, Membership, Message, Room
from tests.factories import make_message, make_room, make_user
from tests.trouble import meanwhile, no_redis


class StoreMessageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.ada, cls.ben = make_user(), make_user()
        cls.room = make_room(cls.ada, cls.ben)

    def test_same_client_id_is_stored_once(self):
        client_id = uuid4()
        first, created = services.store_message(
            self.room.pk, self.ada.pk, client_id, "One"
        )
        again, created_again = services.store_message(
            self.room.pk, self.ada.pk, client_id, "Two"
        )
        self.assertEqual((created, created_again), (True, False))
        self.assertEqual(again, first)
        self.assertEqual([m.body for m in Message.objects.all()], ["One"])

    def test_another_author_may_use_the_same_client_id(self):
        client_id = uuid4()
        for author in (self.ada, self.ben):
            services.store_message(self.room.pk, author.pk, client_id, "Mine")
        self.assertEqual(Message.objects.count(), 2)

    def test_empty_body_is_refused_by_the_database(self):
        with self.assertRaises(IntegrityError), transaction.atomic():
            services.store_message(self.room.pk, self.ada.pk, uuid4(), "")
        self.assertFalse(Message.objects.exists())


class MembershipTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.ada, cls.ben, cls.cleo = make_user(), make_user(), make_user()

    def test_for_member_finds_own_rooms_and_no_others(self):
        mine = {make_room(self.ada), make_room(self.ben, self.ada)}
        make_room(self.ben)
        self.assertEqual(set(Room.objects.for_member(self.ada)), mine)

    def test_last_owner_is_succeeded_by_who_has_been_there_longest(self):
        room = make_room(self.ada, self.ben, self.cleo)
        services.leave_room(room.pk, self.ada)
        roles = dict(room.memberships.values_list("user_id", "role"))
        self.assertEqual(roles, {self.ben.pk: "owner", self.cleo.pk: "member"})

    def test_empty_room_is_deleted(self):
        room = make_room(self.ada)
        services.leave_room(room.pk, self.ada)
        self.assertFalse(Room.objects.exists())
        services.leave_room(room.pk, self.ada)

    def test_joining_twice_makes_one_membership(self):
        room = make_room(self.ada)
        for _ in range(2):
            services.add_member(room, self.ben)
        self.assertEqual(room.memberships.filter(user=self.ben).count(), 1)

    def test_direct_room_is_the_same_both_ways_round(self):
        room = services.direct_room(self.ada, self.ben)
        self.assertEqual(services.direct_room(self.ben, self.ada), room)
        self.assertEqual(set(room.members.all()), {self.ada, self.ben})
        self.assertEqual(room.title_for(self.ada), self.ben.display_name)

    def test_direct_room_with_oneself_is_refused(self):
        with self.assertRaises(ValueError):
            services.direct_room(self.ada, self.ada)
        self.assertFalse(Room.objects.exists())

    def test_direct_room_that_both_begin_at_once_is_one(self):
        theirs = []

        def other():
            theirs.append(services.direct_room(self.ben, self.ada))

        with meanwhile(Room, other):
            mine = services.direct_room(self.ada, self.ben)
        self.assertEqual([mine], theirs)
        self.assertEqual(set(mine.members.all()), {self.ada, self.ben})

    def test_direct_room_outlives_one_account_and_not_two(self):
        room = services.direct_room(self.ada, self.ben)
        self.ben.delete()
        self.assertEqual(room.title_for(self.ada), "Deleted account")
        self.ada.delete()
        self.assertFalse(Room.objects.exists())

    def test_deleted_owner_is_succeeded_in_every_room(self):
        shared, alone = make_room(self.ada, self.ben, self.cleo), make_room(self.ada)
        self.ada.delete()
        roles = dict(shared.memberships.values_list("user_id", "role"))
        self.assertEqual(roles, {self.ben.pk: "owner", self.cleo.pk: "member"})
        self.assertFalse(Room.objects.filter(pk=alone.pk).exists())

    def test_who_has_ceased_to_be_the_owner_puts_nobody_out(self):
        room = make_room(self.ada, self.ben)
        services.leave_room(room.pk, self.ada)
        self.assertFalse(services.remove_member(room.pk, self.ada, self.ben.pk))
        self.assertEqual(room.memberships.get().user, self.ben)

    def test_room_that_is_gone_takes_nobody_in(self):
        room = make_room(self.ada)
        invitation = Invitation.objects.create(
            room=room, user=self.ben, invited_by=self.ada
        )
        Room.objects.all().delete()
        with self.assertRaises(Room.DoesNotExist):
            services.add_member(room, self.ben)
        with self.assertRaises(Room.DoesNotExist):
            services.accept(invitation)
        self.assertFalse(Membership.objects.exists())

    def test_invitation_is_answered_once(self):
        room = make_room(self.ada, kind=Room.Kind.GROUP)
        services.invite(room.pk, self.ben, self.ada)
        invitation = Invitation.objects.get()
        Invitation.objects.all().delete()  # declined, in another tab
        with self.assertRaises(Invitation.DoesNotExist):
            services.accept(invitation)
        self.assertFalse(room.memberships.filter(user=self.ben).exists())

    def test_member_is_not_invited(self):
        room = make_room(self.ada, self.ben, kind=Room.Kind.GROUP)
        services.invite(room.pk, self.ben, self.ada)
        self.assertFalse(Invitation.objects.exists())

    def test_who_was_put_out_stores_no_message(self):
        room = make_room(self.ada)
        with self.assertRaises(Room.DoesNotExist):
            services.store_message(room.pk, self.ben.pk, uuid4(), "Let me in")


class ReadingTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.ada, cls.ben = make_user(), make_user()
        cls.room = make_room(cls.ada, cls.ben)

    def unread(self, user):
        room = Room.objects.for_member(user).with_unread(user).get(pk=self.room.pk)
        return room.unread

    def test_unread_counts_what_others_wrote_after_last_read(self):
        old = make_message(self.room, self.ben)
        services.mark_read(self.room.pk, self.ada.pk, old.pk)
        make_message(self.room, self.ben)
        make_message(self.room, self.ada)
        make_message(make_room(self.ada, self.ben), self.ben)
        self.assertEqual(self.unread(self.ada), 1)
        self.assertEqual(self.unread(self.ben), 1)

    def test_last_read_never_moves_back(self):
        older, newer = (make_message(self.room, self.ben) for _ in range(2))
        moves = [
            services.mark_read(self.room.pk, self.ada.pk, message.pk)
            for message in (newer, older, newer)
        ]
        self.assertEqual(moves, [True, False, False])
        membership = Membership.objects.get(room=self.room, user=self.ada)
        self.assertEqual(membership.last_read, newer)
        self.assertIsNone(
            Membership.objects.get(user=self.ben, room=self.room).last_read
        )

    def test_deleting_what_was_read_last_makes_nothing_unread(self):
        make_message(self.room, self.ben)
        newest = make_message(self.room, self.ben)
        services.mark_read(self.room.pk, self.ada.pk, newest.pk)
        newest.delete()
        self.assertEqual(self.unread(self.ada), 0)

    def test_who_joins_has_nothing_unread(self):
        make_message(self.room, self.ben)
        newcomer = make_user()
        services.add_member(self.room, newcomer)
        self.assertEqual(self.unread(newcomer), 0)

    def test_pages_of_history_hold_every_message_once(self):
        messages = [make_message(self.room, self.ada) for _ in range(7)]
        found, before = [], None
        while True:
            page, before = history.page(self.room.pk, before, 3)
            found = page + found
            make_message(self.room, self.ben)
            if before is None:
                break
        self.assertEqual(found, messages)


class PresenceTests(TestCase):
    def setUp(self):
        self.ada = make_user()

    def test_online_as_long_as_one_of_two_connections_lives(self):
        self.assertTrue(presence.connected(self.ada.pk, "one"))
        self.assertFalse(presence.connected(self.ada.pk, "two"))
        self.assertFalse(presence.disconnected(self.ada.pk, "one"))
        self.assertEqual(presence.online([self.ada.pk]), {self.ada.pk})
        self.assertTrue(presence.disconnected(self.ada.pk, "two"))
        self.assertEqual(presence.online([self.ada.pk]), set())

    def test_beat_clears_up_after_a_dead_server(self):
        ben = make_user()
        presence.connected(ben.pk, "dead")
        Connection.objects.update(seen_at=presence.limit())
        presence.connected(self.ada.pk, "alive")
        self.assertEqual(presence.beat(self.ada.pk, "alive"), (False, {ben.pk}))
        self.assertEqual(Connection.objects.get().channel, "alive")

    def test_beat_restores_a_connection_that_was_cleared_away(self):
        self.assertEqual(presence.beat(self.ada.pk, "back"), (True, set()))
        self.assertEqual(presence.online([self.ada.pk]), {self.ada.pk})

    def test_account_that_is_gone_is_never_online(self):
        pk = self.ada.pk
        self.ada.delete()
        self.assertEqual(presence.beat(pk, "late"), (False, set()))
        self.assertFalse(Connection.objects.exists())


class LimitTests(TestCase):
    @override_settings(CHAT_FLOOD_MESSAGES=2, CHAT_FLOOD_SECONDS=10**10)
    def test_limit_is_everybodys_own(self):
        self.assertEqual([limits.may_send(1) for _ in range(3)], [True, True, False])
        self.assertTrue(limits.may_send(2))

    @override_settings(CHAT_FLOOD_MESSAGES=0)
    def test_limit_that_cannot_be_counted_refuses_nobody(self):
        with no_redis():
            self.assertTrue(limits.may_send(1))
        self.assertFalse(limits.may_send(1))
