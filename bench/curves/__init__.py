"""How cost grows: each curve is measured over a range, drawn into docs/curves/ and named by its slope."""
