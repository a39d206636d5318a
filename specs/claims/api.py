"""Claims about Django REST framework, django-filter and drf-spectacular."""

from __future__ import annotations

import logging
from typing import Any

from support import expect, raised, same, start, tables

start(
    "api",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "rest_framework",
        "drf_spectacular",
    ],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    },
)

import django_filters  # noqa: E402
from django.core.validators import MinValueValidator  # noqa: E402
from django.db import models  # noqa: E402
from rest_framework import (  # noqa: E402
    authentication,
    filters,
    permissions,
    serializers,
    throttling,
    viewsets,
)
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.test import APIRequestFactory  # noqa: E402

ask = APIRequestFactory()
urlpatterns: list[object] = []


class Dish(models.Model):
    name = models.CharField(max_length=50)
    size = models.IntegerField(default=1, validators=[MinValueValidator(1)])


class Part(models.Model):
    dish = models.ForeignKey(Dish, models.CASCADE, related_name="parts")
    name = models.CharField(max_length=50)


class PartSerializer(serializers.ModelSerializer):
    class Meta:
        model = Part
        fields = ["name"]


class DishSerializer(serializers.ModelSerializer):
    parts = PartSerializer(many=True, read_only=True)

    class Meta:
        model = Dish
        fields = ["name", "size", "parts"]


class Dishes(viewsets.ModelViewSet):
    queryset = Dish.objects.prefetch_related("parts")
    serializer_class = DishSerializer
    filter_backends = [filters.SearchFilter]
    search_fields = ["parts__name"]


def search_repeats_no_row() -> None:
    tables()
    dish = Dish.objects.create(name="Soup")
    for name in ("red onion", "onion"):
        dish.parts.create(name=name)
    answer = Dishes.as_view({"get": "list"})(ask.get("/", {"search": "onion"}))
    same(len(answer.data), 1, "rows for a dish with two matching parts")
    view = Dishes()
    request = Request(ask.get("/", {"search": "onion"}))
    found = filters.SearchFilter().filter_queryset(request, Dish.objects.all(), view)
    expect("EXISTS" in str(found.query), str(found.query))


def update_clears_the_prefetch() -> None:
    tables()
    dish = Dish.objects.create(name="Soup")
    dish.parts.create(name="onion")

    class Adding(Dishes):
        def perform_update(self, serializer: Any) -> None:
            serializer.save().parts.create(name="salt")

    view = Adding.as_view({"patch": "partial_update"})
    answer = view(ask.patch("/", {"name": "Broth"}, format="json"), pk=dish.pk)
    same([part["name"] for part in answer.data["parts"]], ["onion", "salt"], "PATCH")


def a_model_validator_speaks_in_serializers() -> None:
    serializer = DishSerializer(data={"name": "Soup", "size": 0})
    expect(not serializer.is_valid(), "a size below the validator's limit is valid")
    same(list(serializer.errors), ["size"], "fields with errors")


def patch_makes_nested_rows_partial() -> None:
    class Writing(DishSerializer):
        parts = PartSerializer(many=True)

    whole = Writing(Dish(), data={"name": "Soup", "parts": [{}]})
    expect(not whole.is_valid(), "PUT takes a part without a name")
    part = Writing(Dish(), data={"parts": [{}]}, partial=True)
    expect(part.is_valid(), f"PATCH refuses a part without a name: {part.errors}")


def nested_writes_are_not_done_by_themselves() -> None:
    class Writing(DishSerializer):
        parts = PartSerializer(many=True)

    tables()
    serializer = Writing(data={"name": "Soup", "parts": [{"name": "salt"}]})
    serializer.is_valid(raise_exception=True)
    same(raised(serializer.save), AssertionError, "save() without an own create()")


def the_throttle_trusts_forwarded_for() -> None:
    class Once(throttling.AnonRateThrottle):
        rate = "1/minute"

    class Few(Dishes):
        throttle_classes = [Once]

    tables()
    logging.disable()
    view = Few.as_view({"get": "list"})
    plain = [view(ask.get("/")).status_code for _ in range(2)]
    same(plain, [200, 429], "two requests from one address")
    forged = [
        view(ask.get("/", headers={"X-Forwarded-For": str(n)})).status_code
        for n in range(3)
    ]
    same(forged, [200, 200, 200], "three with another X-Forwarded-For each")


def the_throttle_comes_before_the_method() -> None:
    seen: list[str] = []

    class Never(throttling.BaseThrottle):
        def allow_request(self, request: object, view: object) -> bool:
            return False

    class Few(viewsets.ViewSet):
        throttle_classes = [Never]

        def list(self, request: object) -> Response:
            seen.append("called")
            return Response([])

    logging.disable()
    answer = Few.as_view({"get": "list"})(ask.get("/"))
    same((answer.status_code, seen), (429, []), "status, and calls of the method")


def the_first_authentication_decides_the_status() -> None:
    def status(*classes: type) -> tuple[int, str | None]:
        class Closed(Dishes):
            authentication_classes = classes
            permission_classes = [permissions.IsAuthenticated]

        answer = Closed.as_view({"get": "list"})(ask.get("/"))
        return answer.status_code, answer.get("WWW-Authenticate")

    logging.disable()
    start_with = authentication.TokenAuthentication
    session = authentication.SessionAuthentication
    same(status(start_with, session), (401, "Token"), "the token's first")
    same(status(session, start_with), (403, None), "the session's first")


def an_unknown_choice_is_an_error() -> None:
    class Filter(django_filters.FilterSet):
        dish = django_filters.ModelChoiceFilter(
            queryset=Dish.objects.all(), to_field_name="name"
        )

        class Meta:
            model = Part
            fields = ["dish"]

    tables()
    found = Filter({"dish": "Nothing"}, queryset=Part.objects.all())
    expect(not found.is_valid(), "a dish that is not there is valid")
    from django_filters.rest_framework import DjangoFilterBackend

    class Parts(viewsets.ModelViewSet):
        queryset = Part.objects.all()
        serializer_class = PartSerializer
        filter_backends = [DjangoFilterBackend]
        filterset_class = Filter

    answer = Parts.as_view({"get": "list"})(ask.get("/", {"dish": "Nothing"}))
    same(answer.status_code, 400, "the API's answer")


def an_untyped_method_field_is_a_warning() -> None:
    import contextlib
    import io

    from django.core.management import call_command
    from django.urls import path

    class Untyped(DishSerializer):
        total = serializers.SerializerMethodField()

        class Meta(DishSerializer.Meta):
            fields = ["name", "total"]

        def get_total(self, dish):  # type: ignore[no-untyped-def]
            return 1

    class View(Dishes):
        serializer_class = Untyped

    urlpatterns.append(path("", View.as_view({"get": "list"})))
    out = io.StringIO()
    with contextlib.redirect_stderr(out):
        error = raised(call_command, "spectacular", fail_on_warn=True, stdout=out)
    expect(error is not None, "--fail-on-warn accepts a method field without a type")
    expect("get_total" in out.getvalue(), out.getvalue()[-300:])
