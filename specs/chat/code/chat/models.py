"""Rooms, who is in them, and what is said there."""

# task presence: begin
from django.conf import settings
from django.db import models
from django.db.models import Count, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

# task unread-counts: was
# from django.conf import settings
# from django.db import models
# from django.db.models import Count, OuterRef, Prefetch, Q, Subquery
# from django.db.models.functions import Coalesce
# from django.urls import reverse
#
# task direct-chats: was
# from django.conf import settings
# from django.db import models
# from django.db.models import Prefetch, Q
# from django.urls import reverse
#
# task store-messages: was
# from django.conf import settings
# from django.db import models
# from django.db.models import Q
# from django.urls import reverse
#
# task rooms: was
# from django.conf import settings
# from django.db import models
# from django.urls import reverse
#
# task presence: end


# task membership: begin
class RoomQuerySet(models.QuerySet):
    def for_member(self, user):
        """The rooms of which this user is a member; every way in asks here."""
        return self.filter(pk__in=Membership.objects.filter(user=user).values("room"))

    def visible_to(self, user):
        """The rooms whose page this user may open: their own and the public ones."""
        mine = Room.objects.for_member(user).values("pk")
        return self.filter(Q(kind=Room.Kind.PUBLIC) | Q(pk__in=mine))

    # task membership: end
    # task direct-chats: begin
    def with_titles(self):
        """Fetches what `title_for` asks: the two people of each direct room."""
        pairs = Membership.objects.filter(room__kind=Room.Kind.DIRECT)
        pairs = pairs.select_related("user")
        return self.prefetch_related(Prefetch("memberships", pairs, to_attr="pair"))

    # task direct-chats: end
    # task unread-counts: begin
    def with_unread(self, user):
        """Annotates `unread`: what others wrote after what this user has read."""
        membership = Membership.objects.filter(room=OuterRef(OuterRef("pk")), user=user)
        last_read = Coalesce(Subquery(membership.values("last_read_id")), 0)
        messages = Message.objects.filter(room=OuterRef("pk"), pk__gt=last_read)
        messages = messages.exclude(author=user).order_by().values("room")
        unread = Subquery(messages.annotate(unread=Count("pk")).values("unread"))
        return self.annotate(unread=Coalesce(unread, 0))

    # task unread-counts: end


# task rooms: begin
class Room(models.Model):
    """A place to talk in."""

    # task rooms: end
    # task membership: begin
    class Kind(models.TextChoices):
        PUBLIC = "public", "Public: everybody may join"
        GROUP = "group", "Group: by invitation only"
        DIRECT = "direct", "Direct: two people"

    # task membership: end
    # task direct-chats: begin
    name = models.CharField(max_length=80, blank=True)
    # task rooms: was
    # name = models.CharField(max_length=80)
    # task direct-chats: end
    # task membership: begin
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PUBLIC)
    # task membership: end
    # task direct-chats: begin
    direct_key = models.CharField(
        max_length=50, unique=True, null=True, blank=True, default=None
    )
    # task direct-chats: end
    # task rooms: begin
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="rooms_created",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    # task rooms: end
    # task membership: begin
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="rooms"
    )

    objects = RoomQuerySet.as_manager()

    # task membership: end
    # task rooms: begin
    class Meta:
        ordering = ["name", "pk"]
        # task rooms: end
        # task direct-chats: begin
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="direct", direct_key__isnull=False)
                | (~Q(kind="direct") & Q(direct_key__isnull=True)),
                name="direct_room_has_key",
            ),
        ]
        # task direct-chats: end

    # task direct-chats: begin
    def __str__(self):
        return self.name or f"direct {self.direct_key}"

    # task rooms: was
    # def __str__(self):
    #     return self.name
    #
    # task direct-chats: end
    # task rooms: begin
    def get_absolute_url(self):
        return reverse("chat:room-detail", kwargs={"pk": self.pk})

    # task rooms: end
    # task invitations: begin
    def has_owner(self, user):
        """Whether this user is an owner of the room."""
        owners = self.memberships.filter(role=Membership.Role.OWNER)
        return owners.filter(user=user).exists()

    # task invitations: end
    # task direct-chats: begin
    def title_for(self, user):
        """The name, or who this user talks to in a direct room."""
        if self.kind != self.Kind.DIRECT:
            return self.name
        pair = getattr(self, "pair", None) or self.memberships.select_related("user")
        others = (m.user.display_name for m in pair if m.user_id != user.pk)
        return next(others, "Deleted account")

    # task direct-chats: end


# task membership: begin
class Membership(models.Model):
    """That somebody belongs to a room."""

    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        MEMBER = "member", "Member"

    room = models.ForeignKey(Room, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    joined_at = models.DateTimeField(auto_now_add=True)
    # task membership: end
    # task read-receipts: begin
    # Read up to here. One number in place of a row for each message and reader. It is a
    # place in the history, and stays when the message that stood there is deleted.
    last_read = models.ForeignKey(
        "Message",
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
    )
    # task read-receipts: end
    # task membership: begin

    class Meta:
        ordering = ["joined_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["room", "user"], name="one_membership_per_user"
            ),
        ]

    def __str__(self):
        return f"{self.user} in {self.room}"


# task membership: end
# task store-messages: begin
class Message(models.Model):
    """What somebody said in a room."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="messages")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="messages"
    )
    # Made up by the sender, so that sending again does not store again.
    client_id = models.UUIDField()
    body = models.TextField(max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["room", "id"], name="messages_of_a_room")]
        constraints = [
            models.UniqueConstraint(
                fields=["author", "client_id"], name="one_message_per_client_id"
            ),
            models.CheckConstraint(condition=~Q(body=""), name="message_has_body"),
        ]

    def __str__(self):
        return self.body[:50]


# task store-messages: end
# task invitations: begin
class Invitation(models.Model):
    """An open invitation to a group. Accepted or declined, it is deleted."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="invitations")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="invitations"
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="invitations_sent"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["room", "user"], name="one_invitation_per_user"
            ),
        ]

    def __str__(self):
        return f"{self.user} to {self.room}"


# task invitations: end
# task presence: begin
class Connection(models.Model):
    """One open socket of somebody, and when it last gave a sign of life."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="connections"
    )
    channel = models.CharField(max_length=255, unique=True)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.user} at {self.seen_at:%H:%M:%S}"


# task presence: end
