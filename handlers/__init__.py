"""The application: one story a file. The order of the routers is their precedence."""

from . import (
    complaints,
    consent,
    fallback,
    faq,
    groups,
    handover,
    invites,
    signals,
    touches,
    welcome,
)  # fmt: skip

routers = (
    handover.router, welcome.router, touches.router, signals.router, groups.router,
    invites.router, consent.router,
    complaints.router, faq.router, fallback.router,
)  # fmt: skip
middlewares = (consent.mind,)
