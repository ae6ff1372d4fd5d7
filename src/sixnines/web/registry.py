"""The one page that lists the pages of `/ui`, in the order of the navigation: a new one is a file and a line here."""

from sixnines.web.interface import Page
from sixnines.web.pages.availability import AvailabilityPage
from sixnines.web.pages.graph import GraphPage
from sixnines.web.pages.models import ModelCard, ModelTable
from sixnines.web.pages.overview import Live, Overview
from sixnines.web.pages.playground import Playground
from sixnines.web.pages.providers import ProviderCard, ProviderTable
from sixnines.web.pages.requests import RequestPage, RequestsPage
from sixnines.web.pages.revisions import RevisionPages, Revisions

PAGES: tuple[Page, ...] = (
    Overview(),
    Live(),
    ProviderTable(),
    ProviderCard(),
    ModelTable(),
    ModelCard(),
    GraphPage(),
    RequestsPage(),
    RequestPage(),
    AvailabilityPage(),
    Playground(),
    Revisions(),
    RevisionPages(),
)
