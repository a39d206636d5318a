"""A made-up shop that makes every mistake of specs/mistakes.yaml, file by file."""

from __future__ import annotations

FILES: dict[str, str] = {
    "config/__init__.py": "",
    "config/settings.py": """
import os
SECRET_KEY = "django-insecure-0123456789"
DEBUG = True
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "config.urls"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.sessions", "django.contrib.messages", "shop"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True, "OPTIONS": {"context_processors":
    ["django.contrib.auth.context_processors.auth",
     "django.template.context_processors.request"]}}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
BROKER = "amqp://guest:guest@localhost"
if url := os.environ.get("REDIS_URL"):
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": url}}
""",
    "config/urls.py": """
from django.urls import include, path
urlpatterns = [path("", include("shop.urls"))]
""",
    "shop/__init__.py": "",
    "shop/models.py": """
from django.contrib.auth.models import User
from django.db import models

class Maker(models.Model):
    name = models.CharField(max_length=9, null=True)

class Car(models.Model):
    name = models.CharField(max_length=9)
    slug = models.SlugField()
    maker = models.ForeignKey(Maker, models.CASCADE)
    owner = models.ForeignKey(User, models.CASCADE, null=True)
    created = models.DateTimeField(null=True)

class Plate(models.Model):
    text = models.CharField(max_length=20, unique=True)
""",
    "shop/forms.py": """
from django import forms
from shop.models import Car

class NewCar(forms.ModelForm):
    class Meta:
        model = Car
        fields = ["name", "owner"]

class EditCar(NewCar):
    def clean_name(self):
        return self.cleaned_data["name"]

class OldCar(forms.ModelForm):
    class Meta:
        model = Car
        fields = ["name"]

    def clean(self):
        return super().clean()
""",
    "shop/views.py": """
from functools import partial
import bs4
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views import generic
from django.views.decorators.cache import cache_page
from shop.forms import EditCar, NewCar
from shop.models import Car, Maker, Plate

class CarList(generic.ListView):
    model = Car
    paginate_by = 5
    template_name = "shop/car_list.html"
    queryset = Car.objects.select_related("maker")

    def get_queryset(self):
        found = Car.objects.all().filter(name__contains=self.request.GET.get("q", ""))
        found.select_related("maker")
        return Car.objects.filter(name__contains=self.request.GET.get("q", ""))

class New(generic.CreateView):
    form_class = NewCar
    success_url = "/cars/nowhere/"
    template_name = "shop/car_form.html"

class Edit(generic.UpdateView):
    model = Car
    form_class = EditCar
    success_url = "/"

def makers(request):
    most = int(request.GET.get("most", "3"))
    found = Maker.objects.filter(car__name__contains="a")[:most]
    return render(request, "shop/makers.html", {"makers": found})

def car(request, pk):
    car = Car.objects.get(pk=pk)
    car.created = timezone.now()
    car.save()
    return render(request, "shop/car.html", {"car": car})

def quick(request):
    form = NewCar(request.POST)
    if form.is_valid():
        form.save()
        return render(request, "shop/car.html")
    return redirect("/")

class NewPlate(generic.CreateView):
    model = Plate
    fields = ["text"]
    success_url = "/"

    def form_valid(self, form):
        tell = partial(print, "a plate", end="")
        transaction.on_commit(tell, robust=True)
        return super().form_valid(form)

@cache_page(60)
def plates(request):
    found = Plate.objects.order_by("text")
    for word in request.GET.get("q", "").split():
        found = found.filter(text__contains=word)
    return render(request, "shop/plates.html", {"plates": found})

def keys(request, slug):
    get_object_or_404(Car, slug=slug)
    raise PermissionDenied
""",
    "shop/urls.py": """
from django.contrib.auth.views import LogoutView
from django.urls import path
from shop import views
urlpatterns = [
    path("", views.CarList.as_view(), name="car_list"),
    path("all_makers", views.makers, name="makers"),
    path("cars/<int:pk>/", views.car, name="car"),
    path("cars/<int:pk>/edit/", views.Edit.as_view(), name="edit"),
    path("cars/new/", views.New.as_view(), name="new"),
    path("quick/", views.quick, name="quick"),
    path("plates/", views.plates, name="plates"),
    path("plates/new/", views.NewPlate.as_view(), name="new-plate"),
    path("keys/<slug:slug>/", views.keys, name="keys"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
""",
    "shop/management/__init__.py": "",
    "shop/management/commands/__init__.py": "",
    "shop/management/commands/seed.py": """
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand
from shop.models import Car, Maker

class Command(BaseCommand):
    def handle(self, **options):
        User.objects.create_user("demo", password="demo")
        for number in range(12):
            maker = Maker.objects.create(name=f"m{number}")
            Car.objects.create(name=f"a{number}", slug=f"a{number}", maker=maker)
""",
    "shop/templates/shop/car_list.html": """
<link rel="stylesheet" href="/static/site.css">
<form><input name="q"></form>
{% for car in object_list %}
<a href="/cars/{{ car.pk }}/">{{ car.maker.name }}</a>
{% endfor %}
<a href="/plates/">plates</a>
<a href="/all_makers?most=2">makers</a> <a href="?page=2">next</a>
{% if user.is_authenticated %}
<a href="/cars/new/">new</a><a href="/logout/">out</a>
{% endif %}
""",
    "shop/templates/shop/car_form.html": """
<form method="post">{{ form }}<button>Save</button></form>
""",
    "shop/templates/shop/plates.html": """
<form><input name="q"></form>{{ plates }}<a href="/plates/new/">new</a>
""",
    "shop/templates/shop/plate_form.html": """
<form method="post">{{ form }}<button>Save</button></form>
""",
    "shop/templates/shop/makers.html": "{{ makers }}\n",
    "shop/templates/shop/car.html": "{{ car }}\n",
    "shop/api.py": """
from rest_framework import serializers, viewsets
from rest_framework.response import Response
from rest_framework.views import APIView
from channels.db import database_sync_to_async
from channels.routing import ProtocolTypeRouter
from shop.models import Car, Maker
from shop.tasks import wash

class MakerSerializer(serializers.ModelSerializer):
    pass

class UserSerializer(serializers.ModelSerializer):
    class Meta:
        fields = ["username", "is_staff"]

class CarSerializer(serializers.ModelSerializer):
    maker = MakerSerializer()

    class Meta:
        model = Car

    def create(self, validated_data):
        maker = Maker.objects.create(**validated_data.pop("maker"))
        return Car.objects.create(maker=maker, **validated_data)

class CarViewSet(viewsets.ModelViewSet):
    queryset = Car.objects.all()
    serializer_class = CarSerializer

class One(APIView):
    def patch(self, request):
        serializer = CarSerializer(data=request.data)
        wash.delay(1)
        return Response(serializer.data, status=400)

async def load(pk):
    return await database_sync_to_async(Car.objects.get(pk=pk))

application = ProtocolTypeRouter({"websocket": None})
""",
    "tests/test_shop.py": """
def test_list(client):
    assert client.get("/").status_code == 200
""",
    "requirements-prod.txt": "django==5.2\n",
    "Dockerfile": 'FROM python\nCMD ["python", "manage.py", "runserver"]\n',
    "compose.yaml": """
services:
  web: {build: .}
  db: {image: postgres, environment: {POSTGRES_PASSWORD: secret}}
""",
    ".env": "KEY=1",
    "db.sqlite3": "",
    "notes.py": "if True:\r\n\tx = 1 \n\ty = 2",
}

# What each check has to say of it, among other things.
TOLD: dict[str, list[str]] = {
    "migrations_missing": ["no migration of the app shop"],
    "user_by_class": ["relates to User", "imports Django's own User"],
    "no_str": ["shop.Car has no __str__"],
    "not_unique": ["shop.Car.slug is a slug", "shop.Maker.name is a text that may be"],
    "no_related_name": ["shop.Car.maker has no related_name"],
    "pages_without_order": ["inconsistent results"],
    "timestamp_by_hand": ["shop.Car.created does not set itself", "sets car.created"],
    "query_per_row": ["/ for a visitor: asks 5 times SELECT"],
    "queryset_dropped": ["is dropped", "returns another", "CarList.queryset is never"],
    "rows_twice": ["car__name__contains without distinct"],
    "needless_all": ["Car.objects.all().filter"],
    "get_without_404": ["Car.objects.get() breaks"],
    "change_by_get": ['GET /cars/1/ by a visitor: UPDATE "shop_car"'],
    "success_url_breaks": ["shop.views.New: success_url: Resolver404"],
    "no_trailing_slash": ["the path 'all_makers'"],
    "names_with_underscores": ["the path 'all_makers'", "the name 'car_list'"],
    "number_unguarded": ["int(request.GET", "most=letters: ValueError"],
    "search_lost": ["the link ?page=2 forgets"],
    "rule_in_one_form": ["shop.Car: clean_name holds for one"],
    "hidden_not_guarded": ["GET /cars/new/ answers a visitor", "POST /cars/new/ lets"],
    "no_redirect": ["a valid form is not redirected"],
    "author_from_form": ["shop.forms.NewCar asks for owner"],
    "no_static_tag": ["href='/static/site.css'"],
    "template_name_restated": ["CarList restates", "New restates 'shop/car_form.html'"],
    "logout_by_link": ["car_list.html: /logout/", "no template has a form"],
    "nested_serializer_per_row": ["CarViewSet: maker is fetched"],
    "privileges_writable": ["UserSerializer: is_staff"],
    "more_than_asked": ["CarViewSet: deletes"],
    "nested_not_atomic": ["CarSerializer.create: several rows"],
    "patch_not_partial": ["no partial=True", "a refusal that holds the data"],
    "rule_not_in_serializer": ["the form of Car has rules"],
    "nothing_refused": ["is refused anything", "must be absent"],
    "secret_in_code": ["SECRET_KEY stands", "DEBUG is always", "with its password",
                       "lets demo sign in", "POSTGRES_PASSWORD stands",
                       "Git holds .env"],
    "container_half_done": ["when it is ready", "in no volume", "does not wait for db",
                            "development server", "no .dockerignore"],
    "ignorable_committed": ["Git holds db.sqlite3", "does not name media/a.png",
                            "bs4 is in no line"],
    "unformatted": ["last newline", "Windows line ends", "ends in a space", "a tab"],
    "task_before_commit": ["not in transaction.on_commit"],
    "socket_for_all_origins": ["pages of every site"],
    "query_in_event_loop": ["before it is wrapped"],
    "partial_after_commit": ["on_commit(tell, robust=True) is not robust"],
    "check_then_insert": ["POST /plates/new/ by a visitor: somebody else stored the "
                          "same in shop_plate: IntegrityError"],
    "deletion_undecided": ["shop.Car.maker is CASCADE, and the data model says ''"],
    "half_resilient": ["Redis is away: /plates/: ", "takes nothing: /plates/: ReadOnly",
                       "Redis is full: /plates/: OutOfMemory"],
    "unbounded": ["/plates/: keeps an answer for each", "50 comparisons for ?q="],
    "telling": ["GET /keys/a3/: 403 tells that shop.Car", "POST /keys/a3/: 403 tells"],
}  # fmt: skip
