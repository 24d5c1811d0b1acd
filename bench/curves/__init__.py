"""How costs grow: each curve is measured over a range, drawn into docs/curves/ and described by its slope."""
