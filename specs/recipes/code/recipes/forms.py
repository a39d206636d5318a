# task recipe-forms: file
"""Forms for recipes."""

# task slug-redirects: begin
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from recipes.models import (
    Category,
    Comment,
    Ingredient,
    OldSlug,
    Rating,
    Recipe,
    Step,
    few_words,
)
from uploads import images
# task comments-and-ratings: was
# from django import forms
# from django.core.exceptions import ValidationError
# from django.core.files.uploadedfile import UploadedFile
# from django.db import transaction
#
# from recipes.models import (
#     Category,
#     Comment,
#     Ingredient,
#     Rating,
#     Recipe,
#     Step,
#     few_words,
# )
# from uploads import images
# task search: was
# from django import forms
# from django.core.exceptions import ValidationError
# from django.core.files.uploadedfile import UploadedFile
# from django.db import transaction
#
# from recipes.models import Category, Ingredient, Recipe, Step, few_words
# from uploads import images
# task image-upload: was
# from django import forms
# from django.core.exceptions import ValidationError
# from django.core.files.uploadedfile import UploadedFile
# from django.db import transaction
#
# from recipes.models import Ingredient, Recipe, Step
# from uploads import images
# task formsets: was
# from django import forms
# from django.core.exceptions import ValidationError
# from django.db import transaction
#
# from recipes.models import Ingredient, Recipe, Step
# task recipe-forms: was
# from django import forms
#
# from recipes.models import Recipe
# task slug-redirects: end


class RecipeForm(forms.ModelForm):
    """A recipe as its author writes it; slug and dates are the model's business."""

    # task image-upload: begin
    # Not an ImageField: that one reads the file before it has been weighed.
    image = forms.FileField(
        label="Picture",
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": images.ACCEPT}),
        help_text=images.HELP,
    )

    # task image-upload: end
    class Meta:
        model = Recipe
        fields = [
            "title",
            "category",
            "description",
            "image",  # task image-upload: line
            "servings",
            "prep_minutes",
            "cook_minutes",
            "status",
        ]
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}
        help_texts = {
            "description": "What it is, where it comes from, what goes with it.",
            "status": "Only you see a draft.",
        }

    # task image-upload: begin
    def clean_image(self):
        """The picture made anew; its thumbnail comes and goes with it."""
        upload = self.cleaned_data["image"]
        if isinstance(upload, UploadedFile):
            upload, self.instance.thumbnail = images.pictures_of(upload)
        elif upload is False:  # the box that removes the picture is ticked
            self.instance.thumbnail = ""
        return upload

    # task image-upload: end


# task formsets: begin
class IngredientForm(forms.ModelForm):
    class Meta:
        model = Ingredient
        fields = ["amount", "unit", "name"]
        widgets = {"amount": forms.NumberInput(attrs={"step": "any"})}


class StepForm(forms.ModelForm):
    class Meta:
        model = Step
        fields = ["text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}


class RowsFormSet(forms.BaseInlineFormSet):
    """The rows of a recipe, in the order that their numbers ask for."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.extra = 3 if self.instance.pk else 5

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["ORDER"].label = "Place"
        form.fields["DELETE"].label = "Remove"

    @property
    def kept(self):
        """The rows that somebody filled in and nobody removes."""
        return [
            form
            for form in self.forms
            if (form.instance.pk or form.has_changed())
            and not self._should_delete_form(form)
        ]

    def clean(self):
        super().clean()
        if any(form.instance.pk is None for form in self.initial_forms):
            raise ValidationError("A row is gone, or was never part of this recipe.")
        if not self.kept:
            name = self.model._meta.verbose_name
            raise ValidationError(f"A recipe has one {name} at least.")

    @transaction.atomic
    def save(self, commit=True):
        rows = [form.instance for form in self.ordered_forms]
        for position, row in enumerate(rows, start=1):
            row.position = position
        saved = super().save(commit)
        # Of the rows that were there before, only the changed ones have been saved.
        self.model.objects.bulk_update(rows, ["position"])
        return saved


class IngredientsFormSet(RowsFormSet):
    def clean(self):
        super().clean()
        names = set()
        for form in self.kept:
            name = form.cleaned_data.get("name", "")
            if name.casefold() in names:
                raise ValidationError(f"“{name}” stands among the ingredients twice.")
            if name:
                names.add(name.casefold())


MOST_ROWS = 60
ROWS = {
    "can_order": True,
    "max_num": MOST_ROWS,
    "validate_max": True,
    "absolute_max": MOST_ROWS + 20,
}
IngredientRows = forms.inlineformset_factory(
    Recipe, Ingredient, form=IngredientForm, formset=IngredientsFormSet, **ROWS
)
StepRows = forms.inlineformset_factory(
    Recipe, Step, form=StepForm, formset=RowsFormSet, **ROWS
)


# task formsets: end
# task slug-redirects: begin
class RecipeAdminForm(RecipeForm):
    """What staff may change besides, by the same rules."""

    def clean_slug(self):
        slug = self.cleaned_data["slug"]
        if OldSlug.objects.taken(slug, but_by=self.instance).exists():
            raise ValidationError("This address still leads to another recipe.")
        return slug


# task slug-redirects: end
# task search: begin
class SearchForm(forms.Form):
    """What a reader looks for, as it stands in the address."""

    q = forms.CharField(
        label="Words",
        max_length=100,
        required=False,
        validators=[few_words],
        widget=forms.TextInput(attrs={"type": "search"}),
        help_text="In titles, descriptions and ingredients.",
    )
    category = forms.ModelChoiceField(
        Category.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label="All categories",
    )

    def found_in(self, recipes):
        """The recipes that fit; none where the form does not make sense."""
        if not self.is_valid():
            return recipes.none()
        if category := self.cleaned_data["category"]:
            recipes = recipes.filter(category=category)
        return recipes.search(self.cleaned_data["q"])


# task search: end
# task comments-and-ratings: begin
class CommentForm(forms.ModelForm):
    class Meta:
        model = Comment
        fields = ["body"]
        labels = {"body": "Your comment"}
        widgets = {"body": forms.Textarea(attrs={"rows": 4})}


class RatingForm(forms.ModelForm):
    class Meta:
        model = Rating
        fields = ["stars"]
        widgets = {
            "stars": forms.RadioSelect(choices=[(n, str(n)) for n in range(1, 6)]),
        }
        labels = {"stars": "Stars, five for the best"}


# task comments-and-ratings: end
