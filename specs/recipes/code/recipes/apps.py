from django.apps import AppConfig


class RecipesConfig(AppConfig):
    name = "recipes"

    # task signals: begin
    def ready(self):
        # task signals: end
        from recipes import signals  # noqa: F401  # task signals: line
        from recipes.generations import watch  # task list-cache: line

        watch()  # task list-cache: line
