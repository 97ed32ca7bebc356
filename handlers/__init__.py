"""The application: one story a file. The order of the routers is their precedence."""

from . import complaints, consent, fallback, faq, groups, handover, signals, touches, welcome

routers = (
    handover.router, welcome.router, touches.router, signals.router, groups.router,
    complaints.router, faq.router, fallback.router,
)  # fmt: skip
middlewares = (consent.mind,)
