from rest_framework.viewsets import ReadOnlyModelViewSet

from jobs.models import Job
from jobs.serializers import JobSerializer


class JobViewSet(ReadOnlyModelViewSet[Job]):
    """Long operations of every kind, newest first."""

    queryset = Job.objects.select_related("created_by").order_by("-id")
    serializer_class = JobSerializer
    filterset_fields = ("kind", "status")
