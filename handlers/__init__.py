"""The application: one story a file. The order of the routers is their precedence."""

from . import consent, fallback, faq, handover, touches, welcome

routers = (handover.router, welcome.router, touches.router, faq.router, fallback.router)
middlewares = (consent.mind,)
