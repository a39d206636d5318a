# task unit-tests: file
"""Who may open what, and what a page must not show."""

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from chat import services
from chat.models import Invitation, Membership, Room
from tests.factories import make_message, make_room, make_user
from tests.trouble import meanwhile, no_redis

pytestmark = pytest.mark.django_db

ACTORS = ("visitor", "stranger", "member", "owner")


@pytest.fixture
def people():
    return {name: make_user(name) for name in ACTORS[1:]}


@pytest.fixture
def group(people):
    return make_room(people["owner"], people["member"], kind=Room.Kind.GROUP)


@pytest.fixture
def sign_in(client, people):
    """Makes the client that of an actor; a visitor is not signed in."""

    def sign_in(actor):
        if actor != "visitor":
            client.force_login(people[actor])
        return client

    return sign_in


@pytest.mark.parametrize(
    ("method", "name", "statuses"),
    [
        ("get", "chat:room-detail", (302, 404, 200, 200)),
        ("get", "chat:message-list", (401, 404, 200, 200)),
        ("post", "chat:message-list", (405, 405, 405, 405)),
        ("post", "chat:room-join", (302, 404, 404, 404)),
        ("get", "chat:room-leave", (302, 405, 405, 405)),
        ("post", "chat:room-leave", (302, 404, 302, 302)),
        ("get", "chat:invitation-create", (302, 404, 403, 200)),
        ("post", "chat:invitation-create", (302, 404, 403, 200)),
    ],
)
@pytest.mark.parametrize("actor", ACTORS)
def test_group_by_actor_and_method(group, sign_in, method, name, statuses, actor):
    response = getattr(sign_in(actor), method)(reverse(name, args=[group.pk]))
    assert response.status_code == statuses[ACTORS.index(actor)]


@pytest.mark.parametrize(
    ("actor", "removed", "status"),
    [
        ("visitor", "member", 302),
        ("stranger", "member", 404),
        ("member", "owner", 403),
        ("owner", "owner", 403),
        ("owner", "stranger", 404),
        ("owner", "member", 302),
    ],
)
def test_removal_by_actor(group, people, sign_in, actor, removed, status):
    url = reverse("chat:member-remove", args=[group.pk, people[removed].pk])
    assert sign_in(actor).post(url).status_code == status
    done = (actor, removed) == ("owner", "member")
    assert group.memberships.count() == (1 if done else 2)


def test_list_names_own_rooms_and_public_ones_only(sign_in, people, group):
    make_room(people["owner"], name="Harbour")
    make_room(people["owner"], name="Cellar", kind=Room.Kind.GROUP)
    services.direct_room(people["owner"], people["member"])
    page = sign_in("stranger").get("/")
    assert list(page.context["room_list"]) == []
    assert [room.name for room in page.context["public_rooms"]] == ["Harbour"]


def test_list_costs_the_same_with_more_rooms(
    sign_in, people, django_assert_num_queries
):
    client = sign_in("member")
    for round_ in range(2):
        for _ in range(1 + 4 * round_):
            other = make_user()
            make_message(make_room(other, people["member"]), other)
            make_room(other)
            services.direct_room(other, people["member"])
        # Session, user, own rooms, their pairs, public rooms and how many there are,
        # notifications.
        with django_assert_num_queries(7):
            client.get("/")


def test_room_page_costs_the_same_with_more_messages(
    sign_in, group, people, django_assert_num_queries
):
    client = sign_in("member")
    for round_ in range(2):
        for _ in range(1 + 4 * round_):
            other = make_user()
            services.add_member(group, other)
            make_message(group, other)
        with django_assert_num_queries(8):
            client.get(group.get_absolute_url())


def test_messages_are_shown_escaped(sign_in, group, people):
    make_message(group, people["owner"], "<img src=x onerror=alert(1)>")
    page = sign_in("member").get(group.get_absolute_url())
    assert b"&lt;img src=x onerror=alert(1)&gt;" in page.content
    assert b"<img" not in page.content


def test_public_room_shows_no_message_before_one_joins(sign_in, people):
    room = make_room(people["owner"], name="Harbour")
    make_message(room, people["owner"], "Not for everybody")
    client = sign_in("stranger")
    assert b"Not for everybody" not in client.get(room.get_absolute_url()).content
    join = reverse("chat:room-join", args=[room.pk])
    page = client.post(join, follow=True)
    assert b"Not for everybody" in page.content
    assert room.memberships.get(user=people["stranger"]).role == "member"


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_room_without_a_fitting_name_is_refused(sign_in, name):
    response = sign_in("member").post("/rooms/new/", {"name": name})
    assert "name" in response.context["form"].errors
    assert not Room.objects.exists()


def test_creator_of_a_room_is_its_owner(sign_in, people):
    data = {"name": "Attic", "kind": "group", "created_by": people["owner"].pk}
    sign_in("member").post("/rooms/new/", data)
    membership = Membership.objects.get()
    assert (membership.user, membership.role) == (people["member"], "owner")
    assert membership.room.created_by == people["member"]
    assert membership.room.kind == "group"


def test_direct_room_cannot_be_made_by_the_form(sign_in):
    response = sign_in("member").post("/rooms/new/", {"name": "x", "kind": "direct"})
    assert "kind" in response.context["form"].errors
    assert not Room.objects.exists()


@pytest.mark.parametrize("username", ["", "nobody", "member", "gone"])
def test_direct_chat_needs_somebody_else(sign_in, username):
    make_user("gone", is_active=False)
    response = sign_in("member").post("/direct/", {"username": username})
    assert "username" in response.context["form"].errors
    assert not Room.objects.exists()


def test_direct_chat_is_of_the_two_for_ever(sign_in, people):
    client = sign_in("member")
    response = client.post("/direct/", {"username": "owner"})
    room = Room.objects.get()
    assert response.url == room.get_absolute_url()
    assert client.post(f"/rooms/{room.pk}/leave/").status_code == 403
    assert room.memberships.count() == 2


@pytest.mark.parametrize("username", ["member", "nobody"])
def test_invitation_of_members_and_unknown_is_refused(sign_in, group, username):
    url = reverse("chat:invitation-create", args=[group.pk])
    response = sign_in("owner").post(url, {"username": username})
    assert "username" in response.context["form"].errors
    assert not Invitation.objects.exists()


def test_invitation_makes_a_member_once_it_is_accepted(sign_in, group, people):
    url = reverse("chat:invitation-create", args=[group.pk])
    for _ in range(2):
        sign_in("owner").post(url, {"username": "stranger"})
    accept = reverse("chat:invitation-accept", args=[Invitation.objects.get().pk])
    assert sign_in("owner").post(accept).status_code == 404
    client = sign_in("stranger")
    assert client.get(group.get_absolute_url()).status_code == 404
    assert group.name in client.get("/invitations/").content.decode()
    assert client.post(accept).url == group.get_absolute_url()
    assert group.memberships.filter(user=people["stranger"]).exists()
    assert not Invitation.objects.exists()


def test_declined_invitation_is_gone(sign_in, group, people):
    invitation = Invitation.objects.create(
        room=group, user=people["stranger"], invited_by=people["owner"]
    )
    url = reverse("chat:invitation-decline", args=[invitation.pk])
    assert sign_in("stranger").post(url).url == "/invitations/"
    assert not Invitation.objects.exists()
    assert group.memberships.count() == 2


@pytest.mark.parametrize("query", ["before=0", "before=", "limit=-1", "limit=²"])
def test_bad_cursor_is_refused(sign_in, group, query):
    url = reverse("chat:message-list", args=[group.pk])
    response = sign_in("member").get(f"{url}?{query}")
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "bad_cursor"


def test_older_messages_come_by_cursor(sign_in, group, people):
    ids = [make_message(group, people["owner"]).pk for _ in range(5)]
    url = reverse("chat:message-list", args=[group.pk])
    client = sign_in("member")
    first = client.get(f"{url}?limit=3").json()
    assert [message["id"] for message in first["messages"]] == ids[2:]
    second = client.get(f"{url}?limit=3&before={first['before']}").json()
    assert [message["id"] for message in second["messages"]] == ids[:2]
    assert second["before"] is None


def test_sign_up_signs_in(client):
    password = "a-long-password-9"
    data = {"username": "new", "password1": password, "password2": password}
    assert client.post("/accounts/signup/", data).url == "/"
    assert client.get("/").context["user"].username == "new"


def test_name_that_is_taken_meanwhile_is_an_error_of_the_form(client):
    password = "a-long-password-9"
    data = {"username": "new", "password1": password, "password2": password}
    # Both the form and the model look before the row is stored.
    with meanwhile(get_user_model(), lambda: make_user("new"), looks=2):
        response = client.post("/accounts/signup/", data)
    assert "username" in response.context["form"].errors
    assert get_user_model().objects.count() == 1


@pytest.mark.parametrize("kind", ["public", "group"])
def test_pages_do_not_need_redis(
    sign_in, people, kind, django_capture_on_commit_callbacks
):
    client = sign_in("owner")
    with no_redis(), django_capture_on_commit_callbacks(execute=True):
        client.post("/rooms/new/", {"name": "Attic", "kind": kind})
        room = Room.objects.get()
        services.add_member(room, people["member"])
        out = reverse("chat:member-remove", args=[room.pk, people["member"].pk])
        assert client.post(out).url == room.get_absolute_url()
        assert client.get(room.get_absolute_url()).status_code == 200
    assert room.memberships.get().user == people["owner"]


def test_public_rooms_come_by_fifties(sign_in, people):
    for _ in range(51):
        make_room(people["owner"])
    client = sign_in("stranger")
    assert len(client.get("/").context["public_rooms"]) == 50
    assert len(client.get("/?page=2").context["public_rooms"]) == 1


def test_error_page_needs_nothing(client, monkeypatch):
    def fails(*args):
        raise LookupError("a mistake")

    client.raise_request_exception = False
    monkeypatch.setattr("chat.views.RoomList.get_queryset", fails)
    client.force_login(make_user())
    response = client.get("/")
    assert response.status_code == 500
    assert b"Something went wrong here" in response.content
    assert b"a mistake" not in response.content
