"""The application: one story a file. The order of the routers is their precedence."""

from . import consent, fallback, faq, handover, welcome

routers = (handover.router, welcome.router, faq.router, fallback.router)
middlewares = (consent.mind,)
