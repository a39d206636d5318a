"""Pages of the blog."""

# task authors-and-pages: begin
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.contrib.messages.views import SuccessMessageMixin
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_POST
from django.views.generic import (
    CreateView,
    DeleteView,
    DetailView,
    ListView,
    UpdateView,
)

from blog.forms import CommentForm, PostForm
from blog.models import Category, Post, Tag

# task owner-only: was
# from django.contrib import messages
# from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
# from django.contrib.messages.views import SuccessMessageMixin
# from django.db import IntegrityError, transaction
# from django.http import Http404
# from django.shortcuts import get_object_or_404, redirect, render
# from django.urls import reverse_lazy
# from django.views.decorators.http import require_POST
# from django.views.generic import (
#     CreateView,
#     DeleteView,
#     DetailView,
#     ListView,
#     UpdateView,
# )
#
# from blog.forms import CommentForm, PostForm
# from blog.models import Category, Post, Tag
# task class-views: was
# from django.contrib import messages
# from django.contrib.messages.views import SuccessMessageMixin
# from django.db import IntegrityError, transaction
# from django.http import Http404
# from django.shortcuts import get_object_or_404, redirect, render
# from django.urls import reverse, reverse_lazy
# from django.views.decorators.http import require_POST
# from django.views.generic import (
#     CreateView,
#     DeleteView,
#     DetailView,
#     ListView,
#     UpdateView,
# )
#
# from blog.forms import CommentForm, PostForm
# from blog.models import Category, Post, Tag
# task post-forms: was
# from django.contrib import messages
# from django.db import IntegrityError, transaction
# from django.http import Http404
# from django.shortcuts import get_object_or_404, redirect, render
# from django.urls import reverse
# from django.views.decorators.http import require_POST
#
# from blog.forms import CommentForm, PostForm
# from blog.models import Category, Post, Tag
# task comments: was
# from django.contrib import messages
# from django.db import IntegrityError, transaction
# from django.http import Http404
# from django.shortcuts import get_object_or_404, redirect, render
# from django.views.decorators.http import require_POST
#
# from blog.forms import CommentForm
# from blog.models import Category, Post, Tag
# task categories-and-tags: was
# from django.shortcuts import get_object_or_404, render
#
# from blog.models import Category, Post, Tag
# task post-detail: was
# from django.shortcuts import get_object_or_404, render
#
# from blog.models import Post
# task post-list: was
# from django.shortcuts import render
#
# from blog.models import Post
# task blog-app: was
# from django.shortcuts import render
# task authors-and-pages: end


# task class-views: begin
class PublishedListView(ListView):
    """A list of published posts; its children narrow it down."""

    context_object_name = "posts"
    # task class-views: end
    paginate_by = 10  # task authors-and-pages: line

    # task class-views: begin
    def get_queryset(self):
        # Not a class attribute: that would fix "now" at the start of the server.
        return Post.objects.published().with_related()


# task class-views: end
# task class-views: begin
class HomeView(PublishedListView):
    """The blog introduced, with its three newest posts."""

    template_name = "blog/home.html"

    def get_queryset(self):
        return super().get_queryset()[:3]


# task categories-and-tags: was
# def home(request):
#     posts = Post.objects.published().with_related()[:3]
#     return render(request, "blog/home.html", {"posts": posts})
#
#
# task drafts-and-slugs: was
# def home(request):
#     posts = Post.objects.published().select_related("author")[:3]
#     return render(request, "blog/home.html", {"posts": posts})
#
#
# task blog-app: was
# def home(request):
#     return render(request, "blog/home.html")
#
#
# task class-views: end
# task class-views: begin
class PostListView(PublishedListView):
    """All published posts."""


# task categories-and-tags: was
# def post_list(request):
#     posts = Post.objects.published().with_related()
#     return render(request, "blog/post_list.html", {"posts": posts})
#
#
# task drafts-and-slugs: was
# def post_list(request):
#     posts = Post.objects.published().select_related("author")
#     return render(request, "blog/post_list.html", {"posts": posts})
#
#
# task post-list: was
# def post_list(request):
#     posts = Post.objects.filter(status=Post.Status.PUBLISHED).select_related("author")
#     return render(request, "blog/post_list.html", {"posts": posts})
#
#
# task class-views: end
# task class-views: begin
class CategoryDetailView(PublishedListView):
    """The published posts of a category."""

    template_name = "blog/category_detail.html"

    def get_queryset(self):
        self.category = get_object_or_404(Category, slug=self.kwargs["slug"])
        return super().get_queryset().filter(category=self.category)

    def get_context_data(self, **kwargs):
        return super().get_context_data(category=self.category, **kwargs)


# task categories-and-tags: was
# def category_detail(request, slug):
#     category = get_object_or_404(Category, slug=slug)
#     posts = category.posts.published().with_related()
#     context = {"category": category, "posts": posts}
#     return render(request, "blog/category_detail.html", context)
#
#
# task class-views: end
# task class-views: begin
class TagDetailView(PublishedListView):
    """The published posts with a tag."""

    template_name = "blog/tag_detail.html"

    def get_queryset(self):
        self.tag = get_object_or_404(Tag, slug=self.kwargs["slug"])
        return super().get_queryset().filter(tags=self.tag)

    def get_context_data(self, **kwargs):
        return super().get_context_data(tag=self.tag, **kwargs)


# task categories-and-tags: was
# def tag_detail(request, slug):
#     tag = get_object_or_404(Tag, slug=slug)
#     posts = tag.posts.published().with_related()
#     return render(request, "blog/tag_detail.html", {"tag": tag, "posts": posts})
#
#
# task class-views: end
# task authors-and-pages: begin
class AuthorDetailView(PublishedListView):
    """The published posts by an author."""

    template_name = "blog/author_detail.html"

    def get_queryset(self):
        users = get_user_model().objects
        self.author = get_object_or_404(users, username=self.kwargs["username"])
        return super().get_queryset().filter(author=self.author)

    def get_context_data(self, **kwargs):
        return super().get_context_data(author=self.author, **kwargs)


# task authors-and-pages: end
# task owner-only: begin
class DraftListView(LoginRequiredMixin, ListView):
    """One's own drafts, the last changed first."""

    template_name = "blog/draft_list.html"
    context_object_name = "posts"
    # task owner-only: end
    paginate_by = 10  # task authors-and-pages: line

    # task owner-only: begin
    def get_queryset(self):
        drafts = Post.objects.drafts().filter(author=self.request.user)
        return drafts.with_related().order_by("-updated_at", "-pk")


# task owner-only: end
# task authors-and-pages: begin
def comment_pages(post):
    """What readers may see under a post, twenty comments to a page."""
    return Paginator(post.comments.visible(), 20)


# task authors-and-pages: end
# task owner-only: begin
class PostDetailView(DetailView):
    """One post with its comments; authors see their drafts too."""

    def get_queryset(self):
        return Post.objects.visible_to(self.request.user).with_related()

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            comment_form=CommentForm(),
            can_edit=self.object.can_be_edited_by(self.request.user),
            # task owner-only: end
            # task authors-and-pages: begin
            comments=comment_pages(self.object).get_page(self.request.GET.get("page")),
            # task authors-and-pages: end
            # task owner-only: begin
            **kwargs,
        )


# task class-views: was
# class PostDetailView(DetailView):
#     """One published post with its comments."""
#
#     def get_queryset(self):
#         return Post.objects.published().with_related()
#
#     def get_context_data(self, **kwargs):
#         return super().get_context_data(comment_form=CommentForm(), **kwargs)
#
#
# task comments: was
# def post_detail(request, slug):
#     post = get_object_or_404(Post.objects.published(), slug=slug)
#     context = {"post": post, "comment_form": CommentForm()}
#     return render(request, "blog/post_detail.html", context)
#
#
# task drafts-and-slugs: was
# def post_detail(request, slug):
#     post = get_object_or_404(Post.objects.published(), slug=slug)
#     return render(request, "blog/post_detail.html", {"post": post})
#
#
# task post-detail: was
# def post_detail(request, slug):
#     post = get_object_or_404(Post, slug=slug, status=Post.Status.PUBLISHED)
#     return render(request, "blog/post_detail.html", {"post": post})
#
#
# task owner-only: end
# task comments: begin
@require_POST
def comment_create(request, slug):
    """Adds a comment to a published post."""
    post = get_object_or_404(Post.objects.published(), slug=slug)
    form = CommentForm(request.POST)
    if form.is_valid():
        form.instance.post = post
        try:
            with transaction.atomic():
                form.save()
        except IntegrityError:
            raise Http404("The post was deleted in the meantime.") from None
        messages.success(request, "Thank you, your comment is there.")
        # task comments: end
        # task authors-and-pages: begin
        # The newest comment stands on the last page.
        last = comment_pages(post).num_pages
        return redirect(f"{post.get_absolute_url()}?page={last}" if last > 1 else post)
    # task comments: was
    #     return redirect(post)
    # task authors-and-pages: end
    # task authors-and-pages: begin
    context = {
        "post": post,
        "comment_form": form,
        "can_edit": post.can_be_edited_by(request.user),
        "comments": comment_pages(post).page(1),
    }
    # task owner-only: was
    # context = {
    #     "post": post,
    #     "comment_form": form,
    #     "can_edit": post.can_be_edited_by(request.user),
    # }
    # task comments: was
    # context = {"post": post, "comment_form": form}
    # task authors-and-pages: end
    # task comments: begin
    return render(request, "blog/post_detail.html", context)


# task comments: end
# task owner-only: begin
class AuthorRequiredMixin(LoginRequiredMixin, UserPassesTestMixin):
    """Sends visitors to the login page and refuses everybody but the author."""

    def get_queryset(self):
        # Whose draft it is not, is not told that there is one.
        return Post.objects.visible_to(self.request.user)

    def test_func(self):
        return self.get_object().can_be_edited_by(self.request.user)


class PostFormMixin:
    """What writing and editing a post have in common."""

    model = Post
    form_class = PostForm

    def form_valid(self, form):
        try:
            with transaction.atomic():
                if self.object is not None:
                    # Whoever deletes it waits; save() would store a deleted post anew.
                    posts = Post.objects.select_for_update()
                    get_object_or_404(posts, pk=self.object.pk)
                response = super().form_valid(form)
        except IntegrityError:
            form.add_error(None, "A category or tag was deleted; look and save again.")
            return self.form_invalid(form)
        if self.object.is_published:
            messages.success(self.request, "Your post is published.")
        else:
            messages.success(self.request, "Your draft is saved; only you can see it.")
        return response


class PostCreateView(LoginRequiredMixin, PostFormMixin, CreateView):
    """A new post; whoever is signed in becomes its author."""

    def form_valid(self, form):
        form.instance.author = self.request.user
        return super().form_valid(form)


class PostEditView(AuthorRequiredMixin, PostFormMixin, UpdateView):
    """Changes a post, draft or published."""


class PostDeleteView(AuthorRequiredMixin, SuccessMessageMixin, DeleteView):
    """GET asks, POST deletes."""

    model = Post
    success_url = reverse_lazy("blog:post-list")
    success_message = "The post is deleted."


# task class-views: was
# class PostFormMixin(SuccessMessageMixin):
#     """What writing and editing a post have in common."""
#
#     model = Post
#     form_class = PostForm
#
#     def get_success_message(self, cleaned_data):
#         if self.object.is_published:
#             return "Your post is published."
#         return "Your draft is saved."
#
#     def get_success_url(self):
#         if self.object.is_published:
#             return self.object.get_absolute_url()
#         return reverse("blog:post-edit", args=[self.object.slug])
#
#
# class PostCreateView(PostFormMixin, CreateView):
#     """A new post."""
#
#
# class PostEditView(PostFormMixin, UpdateView):
#     """Changes a post, draft or published."""
#
#
# class PostDeleteView(SuccessMessageMixin, DeleteView):
#     """GET asks, POST deletes."""
#
#     model = Post
#     success_url = reverse_lazy("blog:post-list")
#     success_message = "The post is deleted."
#
#
# task post-forms: was
# def post_create(request):
#     return edit_form(request, None)
#
#
# def post_edit(request, slug):
#     return edit_form(request, get_object_or_404(Post, slug=slug))
#
#
# def edit_form(request, post):
#     """Writes a new post, or changes the one that is given."""
#     form = PostForm(request.POST if request.method == "POST" else None, instance=post)
#     if not form.is_valid():
#         return render(request, "blog/post_form.html", {"form": form})
#     post = form.save()
#     if post.is_published:
#         messages.success(request, "The post is published.")
#         return redirect(post)
#     messages.success(request, "The draft is saved.")
#     return redirect(reverse("blog:post-edit", args=[post.slug]))
#
#
# def post_delete(request, slug):
#     """GET asks, POST deletes."""
#     post = get_object_or_404(Post, slug=slug)
#     if request.method == "POST":
#         post.delete()
#         messages.success(request, "The post is deleted.")
#         return redirect("blog:post-list")
#     return render(request, "blog/post_confirm_delete.html", {"post": post})
#
#
# task owner-only: end
