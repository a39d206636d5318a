# task comments: file
"""Forms of the blog."""

# task post-forms: begin
from django import forms

from blog.models import Comment, Post

# task comments: was
# from django import forms
#
# from blog.models import Comment
# task post-forms: end


class CommentForm(forms.ModelForm):
    """What a reader may say; everything else about a comment is ours to decide."""

    class Meta:
        model = Comment
        fields = ["name", "body"]
        labels = {"name": "Your name", "body": "Your comment"}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "body": forms.Textarea(attrs={"rows": 5}),
        }


# task post-forms: begin
class PostForm(forms.ModelForm):
    """A post as its author writes it; slug and dates are the model's business."""

    class Meta:
        model = Post
        # task post-forms: end
        # task owner-only: begin
        fields = ["title", "category", "tags", "body", "status"]
        # task post-forms: was
        # fields = ["title", "author", "category", "tags", "body", "status"]
        # task owner-only: end
        # task post-forms: begin
        widgets = {
            "tags": forms.CheckboxSelectMultiple,
            "body": forms.Textarea(attrs={"rows": 16}),
        }
        help_texts = {"body": "A blank line begins a new paragraph."}


# task post-forms: end
