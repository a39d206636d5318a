#!/bin/sh
# Django 5.2.19: a sign-up with a name that is taken calls the user model's clean() with
# None as its user name.
#
# What most expect: a model's clean() sees what was typed, or "", since the field is a
# CharField that holds no NULL. So `self.username.strip(…)` is safe there.
#
# What happens: UserCreationForm.clean_username returns nothing where it finds the name
# taken; the form keeps that None as the cleaned value and puts it into the instance, and
# ModelForm calls clean() of the model although the field has an error. A clean() that
# relies on a text raises AttributeError: the page is a 500 for each taken name, and right
# for every other input. A name that no validator takes is there as it was typed.
#
# Needs python3 (3.11 or later); all else goes into a temporary folder.
set -eu
place=$(mktemp -d)
cd "$place"
trap 'cd /; rm -rf "$place"' EXIT
trap 'exit 1' INT TERM

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    asgiref==3.13.0 Django==5.2.19 sqlparse==0.6.1 2>pip.log || { cat pip.log; exit 1; }

mkdir people
touch people/__init__.py
cat >people/models.py <<'PY'
from django.contrib.auth.models import AbstractUser

SEEN = []


class Person(AbstractUser):
    def clean(self):
        SEEN.append(self.username)
PY
cat >try.py <<'PY'
import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "people"],
    AUTH_USER_MODEL="people.Person",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.contrib.auth.forms import UserCreationForm
from django.core.management import call_command
from people.models import SEEN, Person


class SignUp(UserCreationForm):
    class Meta(UserCreationForm.Meta):
        model = Person


call_command("migrate", run_syncdb=True, verbosity=0)
Person.objects.create_user("ada")
secret = "correct-horse-7-battery"
for name in ("grace", "not a name", "ada", "ADA"):
    SEEN.clear()
    form = SignUp({"username": name, "password1": secret, "password2": secret})
    print(f"{name!r}: valid {form.is_valid()}, clean() saw {SEEN}")
PY
venv/bin/python try.py >seen

# Seen with Django 5.2.19:
cat >wanted <<'TXT'
'grace': valid True, clean() saw ['grace']
'not a name': valid False, clean() saw ['not a name']
'ada': valid False, clean() saw [None]
'ADA': valid False, clean() saw [None]
TXT
diff wanted seen && echo "Django 5.2.19: clean() sees None for a name that is taken"
