# task start-page: file
from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "__app__"
