"""The tables, and every statement on them."""

import sys

# Tortoise takes up pydantic wherever it is installed, and typer brings it: 8 MB for fields of a
# kind that our models have not. Whoever has imported it before has it in Tortoise as well.
if "pydantic" not in sys.modules:
    sys.modules["pydantic"] = None  # type: ignore[assignment]  # makes its import fail
    import tortoise  # noqa: F401

    del sys.modules["pydantic"]
