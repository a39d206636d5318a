"""Pages of the recipes."""

# task fragments: begin
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import ListView, TemplateView

from notifications import mail
from recipes import generations, races, typed
from recipes.forms import (
    CommentForm,
    IngredientRows,
    RatingForm,
    RecipeForm,
    SearchForm,
    StepRows,
)
from recipes.models import Category, OldSlug, Rating, Recipe
# task list-cache: was
# from django.contrib import messages
# from django.contrib.auth.decorators import login_required
# from django.contrib.auth.mixins import LoginRequiredMixin
# from django.contrib.auth.views import redirect_to_login
# from django.core.exceptions import PermissionDenied
# from django.core.paginator import Paginator
# from django.db import IntegrityError, transaction
# from django.shortcuts import get_object_or_404, redirect, render
# from django.urls import reverse
# from django.views.decorators.http import require_POST, require_safe
# from django.views.generic import ListView, TemplateView
#
# from notifications import mail
# from recipes import generations, races, typed
# from recipes.forms import (
#     CommentForm,
#     IngredientRows,
#     RatingForm,
#     RecipeForm,
#     SearchForm,
#     StepRows,
# )
# from recipes.models import Category, OldSlug, Rating, Recipe
# task comment-mail: was
# from django.contrib import messages
# from django.contrib.auth.decorators import login_required
# from django.contrib.auth.mixins import LoginRequiredMixin
# from django.contrib.auth.views import redirect_to_login
# from django.core.exceptions import PermissionDenied
# from django.core.paginator import Paginator
# from django.db import IntegrityError, transaction
# from django.shortcuts import get_object_or_404, redirect, render
# from django.urls import reverse
# from django.views.decorators.http import require_POST, require_safe
# from django.views.generic import ListView, TemplateView
#
# from notifications import mail
# from recipes import races, typed
# from recipes.forms import (
#     CommentForm,
#     IngredientRows,
#     RatingForm,
#     RecipeForm,
#     SearchForm,
#     StepRows,
# )
# from recipes.models import Category, OldSlug, Rating, Recipe
# task slug-redirects: was
# from django.contrib import messages
# from django.contrib.auth.decorators import login_required
# from django.contrib.auth.mixins import LoginRequiredMixin
# from django.contrib.auth.views import redirect_to_login
# from django.core.exceptions import PermissionDenied
# from django.core.paginator import Paginator
# from django.db import IntegrityError, transaction
# from django.shortcuts import get_object_or_404, redirect, render
# from django.urls import reverse
# from django.views.decorators.http import require_POST, require_safe
# from django.views.generic import ListView, TemplateView
#
# from recipes import races, typed
# from recipes.forms import (
#     CommentForm,
#     IngredientRows,
#     RatingForm,
#     RecipeForm,
#     SearchForm,
#     StepRows,
# )
# from recipes.models import Category, OldSlug, Rating, Recipe
# task comments-and-ratings: was
# from django.contrib import messages
# from django.contrib.auth.decorators import login_required
# from django.contrib.auth.mixins import LoginRequiredMixin
# from django.contrib.auth.views import redirect_to_login
# from django.core.exceptions import PermissionDenied
# from django.core.paginator import Paginator
# from django.db import IntegrityError, transaction
# from django.shortcuts import get_object_or_404, redirect, render
# from django.urls import reverse
# from django.views.decorators.http import require_POST, require_safe
# from django.views.generic import ListView, TemplateView
#
# from recipes import races, typed
# from recipes.forms import (
#     CommentForm,
#     IngredientRows,
#     RatingForm,
#     RecipeForm,
#     SearchForm,
#     StepRows,
# )
# from recipes.models import Category, Rating, Recipe
# task search: was
# from django.contrib import messages
# from django.contrib.auth.decorators import login_required
# from django.contrib.auth.mixins import LoginRequiredMixin
# from django.core.exceptions import PermissionDenied
# from django.db import IntegrityError, transaction
# from django.shortcuts import get_object_or_404, redirect, render
# from django.views.decorators.http import require_safe
# from django.views.generic import ListView, TemplateView
#
# from recipes import typed
# from recipes.forms import IngredientRows, RecipeForm, SearchForm, StepRows
# from recipes.models import Category, Recipe
# task formsets: was
# from django.contrib import messages
# from django.contrib.auth.decorators import login_required
# from django.contrib.auth.mixins import LoginRequiredMixin
# from django.core.exceptions import PermissionDenied
# from django.db import IntegrityError, transaction
# from django.shortcuts import get_object_or_404, redirect, render
# from django.views.decorators.http import require_safe
# from django.views.generic import ListView, TemplateView
#
# from recipes import typed
# from recipes.forms import IngredientRows, RecipeForm, StepRows
# from recipes.models import Category, Recipe
# task recipe-forms: was
# from django.contrib import messages
# from django.contrib.auth.decorators import login_required
# from django.contrib.auth.mixins import LoginRequiredMixin
# from django.core.exceptions import PermissionDenied
# from django.db import IntegrityError
# from django.shortcuts import get_object_or_404, redirect, render
# from django.views.decorators.http import require_safe
# from django.views.generic import ListView, TemplateView
#
# from recipes import typed
# from recipes.forms import RecipeForm
# from recipes.models import Category, Recipe
# task recipe-pages: was
# from django.shortcuts import get_object_or_404, render
# from django.views.decorators.http import require_safe
# from django.views.generic import ListView, TemplateView
#
# from recipes.models import Category, Recipe
# task recipe-pages: stub
# from django.shortcuts import render
# task fragments: end


# task list-cache: begin
def categories_with_counts():
    return list(Category.objects.with_counts())


# task list-cache: end
# task recipe-pages: begin
class HomeView(TemplateView):
    """What there is, and what is new."""

    template_name = "recipes/home.html"
    newest = 6

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            # task recipe-pages: end
            # task fragments: begin
            generation=generations.seen_here(),
            cache_seconds=settings.CACHE_SECONDS,
            # task fragments: end
            # task list-cache: begin
            categories=generations.kept("categories", categories_with_counts),
            # task recipe-pages: was
            # categories=Category.objects.with_counts(),
            # task list-cache: end
            # task recipe-pages: begin
            recipes=Recipe.objects.published().for_cards()[: self.newest],
            **kwargs,
        )


class CardListView(ListView):
    """Published recipes as cards, page by page; its children narrow them down."""

    context_object_name = "recipes"
    paginate_by = 12

    def get_queryset(self):
        # Not a class attribute: that would fix "now" at the start of the server.
        return Recipe.objects.published().for_cards()


# task recipe-pages: stub
# def home(request):
#     return render(request, "recipes/home.html")
#
#
# task recipe-pages: end
# task search: begin
class RecipeListView(CardListView):
    """All published recipes, or those that a reader looks for."""

    def get_queryset(self):
        self.form = SearchForm(self.request.GET)
        return self.form.found_in(super().get_queryset())

    # task search: end
    # task fragments: begin
    def get_context_data(self, **kwargs):
        # Words are without number, and would fill the cache.
        common = self.form.is_valid() and not self.form.cleaned_data["q"]
        return super().get_context_data(
            form=self.form,
            is_common=common,
            generation=generations.seen_here(),
            cache_seconds=settings.CACHE_SECONDS,
            **kwargs,
        )


# task search: was
#     def get_context_data(self, **kwargs):
#         return super().get_context_data(form=self.form, **kwargs)
#
#
# task fragments: end
# task search: begin


# task recipe-pages: was
# class RecipeListView(CardListView):
#     """All published recipes."""
#
#
# task search: end
# task recipe-pages: begin
class CategoryDetailView(CardListView):
    """The published recipes of one category."""

    template_name = "recipes/category_detail.html"

    def get_queryset(self):
        self.category = get_object_or_404(Category, slug=self.kwargs["slug"])
        return super().get_queryset().filter(category=self.category)

    def get_context_data(self, **kwargs):
        return super().get_context_data(category=self.category, **kwargs)


# task recipe-pages: end
# task slug-redirects: begin
@require_safe
def recipe_detail(request, slug):
    recipe = readable(request.user).filter(slug=slug).first()
    if recipe is None:
        moved = OldSlug.objects.filter(slug=slug).values("recipe")
        recipe = get_object_or_404(readable(request.user), pk__in=moved)
        return redirect(recipe, permanent=True)
    return recipe_page(request, recipe, empty_form(request, slug))


# task comments-and-ratings: was
# @require_safe
# def recipe_detail(request, slug):
#     recipe = get_object_or_404(readable(request.user), slug=slug)
#     return recipe_page(request, recipe, empty_form(request, slug))
#
#
# task recipe-forms: was
# @require_safe
# def recipe_detail(request, slug):
#     recipes = Recipe.objects.visible_to(request.user).for_cards()
#     recipe = get_object_or_404(recipes, slug=slug)
#     can_edit = recipe.can_be_edited_by(request.user)
#     context = {"recipe": recipe, "can_edit": can_edit}
#     return render(request, "recipes/recipe_detail.html", context)
#
#
# task recipe-pages: was
# @require_safe
# def recipe_detail(request, slug):
#     recipes = Recipe.objects.visible_to(request.user).for_cards()
#     recipe = get_object_or_404(recipes, slug=slug)
#     return render(request, "recipes/recipe_detail.html", {"recipe": recipe})
#
#
# task slug-redirects: end
# task comments-and-ratings: begin
COMMENTS_A_PAGE = 50
MOST_KEPT = 2000  # characters of a comment, as many as it may have


def readable(user):
    """The recipes that a user may open, with what their pages show of them."""
    return Recipe.objects.visible_to(user).for_cards()


def recipe_page(request, recipe, comment_form):
    """The page of a recipe, with a comment that is new or to be mended.

    The newest comments stand on the last page, and that is shown first.
    """
    pages = Paginator(recipe.comments.select_related("author"), COMMENTS_A_PAGE)
    rating = None
    if request.user.is_authenticated:
        rating = Rating.objects.filter(recipe=recipe, user=request.user).first()
    context = {
        "recipe": recipe,
        "comments": pages.get_page(request.GET.get("comments", pages.num_pages)),
        "can_edit": recipe.can_be_edited_by(request.user),
        "comment_form": comment_form,
        "rating_form": RatingForm(instance=rating),
    }
    return render(request, "recipes/recipe_detail.html", context)


def empty_form(request, slug):
    """The form for a comment, with what was sent when the session was over."""
    kept = {}
    if request.user.is_authenticated:
        kept = request.session.get("comment", {})
    return CommentForm(initial={"body": kept.get(slug, "")})


def log_in_first(slug):
    """To the log-in page, and from there to the recipe: the address takes POST only."""
    return redirect_to_login(reverse("recipes:recipe-detail", args=[slug]))


@require_POST
def comment_create(request, slug):
    if not request.user.is_authenticated:
        # A session ends while somebody writes. What they wrote waits for them.
        body = request.POST.get("body", "")[:MOST_KEPT]
        request.session["comment"] = {slug: body}
        return log_in_first(slug)
    recipe = get_object_or_404(readable(request.user).published(), slug=slug)
    form = CommentForm(request.POST)
    form.instance.recipe = recipe
    form.instance.author = request.user
    if not form.is_valid():
        return recipe_page(request, recipe, form)
    with races.or_404():
        # task comments-and-ratings: end
        # task comment-mail: begin
        mail.comment_posted(form.save())
        # task comments-and-ratings: was
        # form.save()
        # task comment-mail: end
    # task comments-and-ratings: begin
    request.session.pop("comment", None)
    messages.success(request, "Your comment is there.")
    return redirect(recipe)


@require_POST
def rate(request, slug):
    """One rating a reader: the second changes the first."""
    if not request.user.is_authenticated:
        return log_in_first(slug)
    recipe = get_object_or_404(Recipe.objects.published(), slug=slug)
    if recipe.author_id == request.user.pk:
        raise PermissionDenied
    form = RatingForm(request.POST)
    if form.is_valid():
        with races.or_404():
            Rating.objects.update_or_create(
                recipe=recipe, user=request.user, defaults=form.cleaned_data
            )
        messages.success(request, "Thank you for your rating.")
    else:
        messages.error(request, "A rating is one to five stars.")
    return redirect(recipe)


# task comments-and-ratings: end
# task recipe-forms: begin
class DraftListView(LoginRequiredMixin, CardListView):
    """One's own drafts, the last changed first."""

    template_name = "recipes/draft_list.html"

    def get_queryset(self):
        drafts = Recipe.objects.filter(author=self.request.user)
        unpublished = drafts.exclude(status=Recipe.Status.PUBLISHED)
        return unpublished.for_cards().order_by("-updated_at", "-pk")


def own_recipe(user, slug):
    """A recipe that this user may change; of others a draft is 404, the rest 403."""
    recipe = get_object_or_404(Recipe.objects.visible_to(user), slug=slug)
    if not recipe.can_be_edited_by(user):
        raise PermissionDenied
    return recipe


def recipe_create(request):
    if not request.user.is_authenticated:
        return typed.log_in_first(request)
    form_key = typed.key(typed.of(request))
    return write(request, Recipe(author=request.user, form_key=form_key))


def recipe_edit(request, slug):
    if not request.user.is_authenticated:
        return typed.log_in_first(request)
    return write(request, own_recipe(request.user, slug))


def stored_before(request):
    """What the same form has stored, its button pressed twice; or else 404."""
    form_key = typed.key(request.POST)
    return get_object_or_404(Recipe, author=request.user, form_key=form_key)


# task recipe-forms: end
# task image-upload: begin
def write(request, recipe):
    """One form for a recipe, its picture and its rows; all is saved, or nothing."""
    data, files = typed.of(request), request.FILES or None
    form = RecipeForm(data, files, instance=recipe)
    ingredients = IngredientRows(data, instance=recipe, prefix="ingredients")
    steps = StepRows(data, instance=recipe, prefix="steps")
    forms = [form, ingredients, steps]
    # A list: all of them are checked, and show their errors at once.
    valid = [each.is_valid() for each in forms]
    if request.method == "POST" and all(valid):
        return save_all(request, forms)
    context = {"form": form, "ingredients": ingredients, "steps": steps}
    return render(request, "recipes/recipe_form.html", context)


# task formsets: was
# def write(request, recipe):
#     """One form for a recipe and its rows; all is saved, or nothing."""
#     data = typed.of(request)
#     form = RecipeForm(data, instance=recipe)
#     ingredients = IngredientRows(data, instance=recipe, prefix="ingredients")
#     steps = StepRows(data, instance=recipe, prefix="steps")
#     forms = [form, ingredients, steps]
#     # A list: all of them are checked, and show their errors at once.
#     valid = [each.is_valid() for each in forms]
#     if request.method == "POST" and all(valid):
#         return save_all(request, forms)
#     context = {"form": form, "ingredients": ingredients, "steps": steps}
#     return render(request, "recipes/recipe_form.html", context)
#
#
# task recipe-forms: was
# def write(request, recipe):
#     """Writes a new recipe, or changes the one that is given."""
#     form = RecipeForm(typed.of(request), instance=recipe)
#     if request.method != "POST" or not form.is_valid():
#         return render(request, "recipes/recipe_form.html", {"form": form})
#     try:
#         recipe = form.save()
#     except IntegrityError:
#         recipe = stored_before(request)
#     typed.forget(request)
#     messages.success(request, "Your recipe is saved.")
#     return redirect(recipe)
#
#
# task image-upload: end
# task formsets: begin
def save_all(request, forms):
    # task formsets: end
    # task slug-redirects: begin
    # An IntegrityError: the button was pressed twice, or the category is gone.
    # DoesNotExist: the recipe is, since the form was opened.
    refused = (IntegrityError, Recipe.DoesNotExist)
    # task formsets: was
    # refused = IntegrityError  # the button was pressed twice, or the category is gone
    # task slug-redirects: end
    # task formsets: begin
    try:
        with transaction.atomic():
            for form in forms:
                form.save()
    except refused:
        recipe = stored_before(request)
    else:
        recipe = forms[0].instance
        # task formsets: end
        # task follow-cooks: begin
        if recipe.is_news:
            mail.recipe_published(recipe)
        # task follow-cooks: end
    # task formsets: begin
    typed.forget(request)
    messages.success(request, "Your recipe is saved.")
    return redirect(recipe)


# task formsets: end
# task recipe-forms: begin
@login_required
def recipe_delete(request, slug):
    """GET asks, POST deletes."""
    recipe = own_recipe(request.user, slug)
    if request.method == "POST":
        recipe.delete()
        messages.success(request, "The recipe is deleted.")
        return redirect("recipes:recipe-list")
    return render(request, "recipes/recipe_confirm_delete.html", {"recipe": recipe})


# task recipe-forms: end
