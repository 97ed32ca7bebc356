"""The application: one story a file. The order of the routers is their precedence."""

from . import consent, fallback, faq, groups, handover, signals, touches, welcome

routers = (
    handover.router, welcome.router, touches.router, signals.router, groups.router,
    faq.router, fallback.router,
)  # fmt: skip
middlewares = (consent.mind,)
