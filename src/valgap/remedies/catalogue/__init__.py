"""One file a remedy. They are found by walking over this folder.

Not here, as the protocol of a treatment sees to it: splits (by group, stratified, without twins),
clean validation rows, all of the validation rows, temperature, and ensembles over seeds.
"""
