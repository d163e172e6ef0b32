"""The plots of the HTML report, one file each: `draw` gives those that apply to a fit."""
