"""The pages of the API's lists."""

from rest_framework.pagination import LimitOffsetPagination


class ApiPagination(LimitOffsetPagination):
    """`{count, next, previous, results}` by `limit` and `offset`."""

    max_limit = 500
