# task api-read: file
"""How long lists are handed out."""

from rest_framework.pagination import PageNumberPagination


class RecipePagination(PageNumberPagination):
    """Twenty to a page; a client may ask for up to a hundred."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100
