"""The report as one HTML file: no network, no JavaScript, plots as SVG in it."""
