"""The one page that lists the pages of `/ui`, in the order of the navigation: a new one is a file and a line here."""

from sixnines.web.interface import Page
from sixnines.web.pages.overview import Overview

PAGES: tuple[Page, ...] = (Overview(),)
